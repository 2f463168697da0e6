#include "runner/quit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kHurriedTestStopping = 100ms;
constexpr auto kHurriedUsers = 300ms;
constexpr auto kHurriedReport = 400ms;
/// User code of test_stop and quitting may take this long although the master has gone by then.
constexpr auto kHurriedExit = 5s;
constexpr auto kHookPatience = 60s;
constexpr auto kStopPatience = 5s;

}  // namespace

void Quit::begin(Cause cause, TimePoint now) {
  if (exited()) return;
  const bool first = !active();
  if (cause == Cause::kMaster && !hurried_) hurry(now);
  if (!first) return;
  needs_test_stop_ = run_.idle() ? !run_.events_fired() : run_.stage() < Run::Stage::kTestStop;
  if (!run_.events_fired()) {
    run_hook(Hook::kTestStopping, Stage::kTestStopping, now);
    if (hurried_) stage_ends_ = now + kHurriedTestStopping;
  } else {
    stop_users(now);
  }
}

void Quit::hurry(TimePoint now) {
  CHECK(!hurried_);
  hurried_ = true;
  users_end_by_ = now + kHurriedUsers;
  report_by_ = now + kHurriedReport;
  exit_by_ = now + kHurriedExit;
  reports_.collect_and_send();
  switch (stage_) {
    case Stage::kTestStopping:
      stage_ends_ = std::min(stage_ends_, now + kHurriedTestStopping);
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
      hurried_ ? std::clamp(users_end_by_ - now, Clock::duration::zero(), run_.stop_timeout())
               : run_.stop_timeout();
  stage_ = Stage::kStopping;
  stage_ends_ = hurried_ ? report_by_ : now + grace + kStopPatience;
  actions_.add(run_.shards().stop(grace));
}

void Quit::users_ended(TimePoint now) {
  CHECK(stage_ <= Stage::kStopping);
  if (needs_test_stop_) {
    run_hook(Hook::kTestStop, Stage::kTestStop, now);
  } else {
    run_hook(Hook::kQuitting, Stage::kQuitting, now);
  }
}

void Quit::run_hook(Hook hook, Stage stage, TimePoint now) {
  CHECK(stage > stage_);  // forward only
  stage_ = stage;
  stage_ends_ = hurried_ ? exit_by_ : now + kHookPatience;
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
    actions_.warning(fmt::format("The {} listeners still run; not waiting for them", name));
  };
  switch (stage_) {
    case Stage::kTestStopping:
      return stop_users(now);
    case Stage::kStopping:
      actions_.warning(
          "Some users have not ended although they were told to; leaving without them");
      return users_ended(now);
    case Stage::kTestStop:
      give_up_hook("test_stop");
      if (hurried_) return collect(now);
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
