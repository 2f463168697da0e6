#include "runner/quit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kFastTestStopping = 100ms;
/// Users that run longer are stopped by force.
constexpr auto kFastUsers = 300ms;
constexpr auto kFastReport = 400ms;
/// on_stop() of all users, test_stop and quitting may take this long together. The master has
/// stopped reading by then, but thousands of users need the time to close their connections in
/// order: a broker publishes the will of an MQTT client that sends no DISCONNECT.
constexpr auto kFastExit = 5s;
/// What test_stop and quitting have in any case.
constexpr auto kFastHooks = 1s;
constexpr auto kQuitHookPatience = 60s;
constexpr auto kQuitStopPatience = 5s;

}  // namespace

void Quit::begin(Cause cause, TimePoint now) {
  if (exited()) return;
  const bool first = !active();
  if (cause == Cause::kMaster && !fast_shutdown_) begin_fast_shutdown(now);
  if (!first) return;
  needs_test_stop_ = run_.idle() ? !run_.events_fired() : run_.stage() < Run::Stage::kTestStop;
  if (!run_.events_fired()) {
    run_hook(Hook::kTestStopping, Stage::kTestStopping, now);
    if (fast_shutdown_) stage_ends_ = now + kFastTestStopping;
  } else {
    stop_users(now);
  }
}

void Quit::begin_fast_shutdown(TimePoint now) {
  CHECK(!fast_shutdown_);
  fast_shutdown_ = true;
  users_end_by_ = now + kFastUsers;
  report_by_ = now + kFastReport;
  exit_by_ = now + kFastExit;
  reports_.collect_and_send();
  switch (stage_) {
    case Stage::kTestStopping:
      stage_ends_ = std::min(stage_ends_, now + kFastTestStopping);
      break;
    case Stage::kStopping:
      stop_users(now);
      break;
    default:
      stage_ends_ = std::min(stage_ends_, exit_by_);
  }
}

void Quit::stop_users(TimePoint now) {
  CHECK(stage_ <= Stage::kStopping);
  if (run_.idle() || run_.stage() >= Run::Stage::kTestStop) return users_ended(now);
  const Clock::duration grace =
      fast_shutdown_ ? std::clamp(users_end_by_ - now, Clock::duration::zero(), run_.stop_timeout())
                     : run_.stop_timeout();
  stage_ = Stage::kStopping;
  stage_ends_ = fast_shutdown_ ? exit_by_ : now + grace + kQuitStopPatience;
  actions_.add(run_.shards().stop(grace));
}

void Quit::users_ended(TimePoint now) {
  CHECK(stage_ <= Stage::kStopping);
  exit_by_ = std::max(exit_by_, now + kFastHooks);
  if (needs_test_stop_) {
    run_hook(Hook::kTestStop, Stage::kTestStop, now);
  } else {
    run_hook(Hook::kQuitting, Stage::kQuitting, now);
  }
}

void Quit::run_hook(Hook hook, Stage stage, TimePoint now) {
  CHECK(stage > stage_);  // forward only
  stage_ = stage;
  stage_ends_ = fast_shutdown_ ? exit_by_ : now + kQuitHookPatience;
  waiting_for_ = actions_.next_id();
  actions_.add(RunHook{waiting_for_, hook});
}

void Quit::collect(TimePoint now) {
  CHECK(stage_ < Stage::kCollecting);
  stage_ = Stage::kCollecting;
  stage_ends_ = now + 2 * kCollectTimeout;  // the answer comes earlier
  waiting_for_ = actions_.next_id();
  actions_.add(CollectIncrements{waiting_for_});
}

void Quit::on(const HookDone& event, TimePoint now) {
  if (event.id != waiting_for_) return;
  switch (stage_) {
    case Stage::kTestStopping:
      return stop_users(now);
    case Stage::kTestStop:
      return run_hook(Hook::kQuitting, Stage::kQuitting, now);
    case Stage::kQuitting:
      return collect(now);
    default:
      return;
  }
}

bool Quit::on(const IncrementsCollected& event) {
  if (stage_ != Stage::kCollecting || event.id < waiting_for_) return false;
  leave();
  return true;
}

void Quit::leave() {
  reports_.send();
  if (link_.accepted()) actions_.add(Send{protocol::Quit{}});
  exit(0);
}

void Quit::on_time(TimePoint now) {
  if (!active() || exited()) return;
  if (stage_ == Stage::kStopping && run_.shards().all_answered()) users_ended(now);
  if (now >= report_by_) {
    report_by_ = TimePoint::max();
    reports_.send();
  }
  if (now >= stage_ends_) stage_overdue(now);
}

void Quit::stage_overdue(TimePoint now) {
  const auto give_up_hook = [&](const char* name) {
    actions_.warning(
        fmt::format("The {} listeners are still running; no longer waiting for them", name));
  };
  switch (stage_) {
    case Stage::kTestStopping:
      return stop_users(now);
    case Stage::kStopping:
      actions_.warning("Some users did not stop in time; shutting down without them");
      return users_ended(now);
    case Stage::kTestStop:
      give_up_hook("test_stop");
      if (fast_shutdown_) return collect(now);
      return run_hook(Hook::kQuitting, Stage::kQuitting, now);
    case Stage::kQuitting:
      give_up_hook("quitting");
      return collect(now);
    case Stage::kCollecting:
      return leave();
    default:
      return;
  }
}

void Quit::exit(int code) {
  CHECK(!exited());
  stage_ = Stage::kExited;
  actions_.info(fmt::format("Shutting down (exit code {})", code));
  ledger_.log_lost(link_.listens());
  actions_.add(Exit{code});
}

TimePoint Quit::next_wakeup() const {
  if (!active() || exited()) return TimePoint::max();
  return std::min(stage_ends_, report_by_);
}

}  // namespace cppworker::runner
