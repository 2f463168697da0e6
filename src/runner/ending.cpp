#include "runner/ending.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kHookPatience = 60s;
/// How long on_stop() may take after the users were stopped by force.
constexpr auto kStopPatience = 60s;

}  // namespace

void Ending::stop(Clock::duration stop_timeout, TimePoint now) {
  if (active() || users_stopped_) return;
  stop_timeout_ = stop_timeout;
  add({Step::kTestStopping, Step::kStopUsers, Step::kTestStop, Step::kCollect}, now);
}

void Ending::quit(Clock::duration stop_timeout, std::string reason, TimePoint now) {
  if (quitting_) return;
  stop(stop_timeout, now);
  quitting_ = true;
  quitting_since_ = now;
  reason_ = std::move(reason);
  add({Step::kReason, Step::kQuitting, Step::kCollect, Step::kExitCode, Step::kSummary}, now);
}

void Ending::quit_by_signal(Clock::duration stop_timeout, TimePoint now) {
  if (quitting_) return;
  if (active() || users_stopped_) return quit(stop_timeout, {}, now);
  quitting_ = true;
  quitting_since_ = now;
  stop_timeout_ = stop_timeout;
  add({Step::kQuitting, Step::kCollect, Step::kExitCode, Step::kTestStopping, Step::kStopUsers,
       Step::kTestStop, Step::kCollect, Step::kSummary},
      now);
}

void Ending::exit(int code) {
  CHECK(!exited_);
  steps_ = {Step::kSummary};
  quitting_ = exited_ = true;
  actions_.add(ReportSummary{});
  actions_.add(Exit{code});
}

void Ending::add(std::initializer_list<Step> steps, TimePoint now) {
  const bool first = steps_.empty();
  steps_.insert(steps_.end(), steps.begin(), steps.end());
  if (first) begin_step(now);
}

void Ending::begin_step(TimePoint now) {
  step_ends_ = TimePoint::max();
  switch (steps_.front()) {
    case Step::kTestStopping:
      return run_hook(Hook::kTestStopping, now);
    case Step::kStopUsers:
      step_ends_ = now + stop_timeout_ + kStopPatience;
      actions_.add(shards_.stop(stop_timeout_));
      return;
    case Step::kTestStop:
      return run_hook(Hook::kTestStop, now);
    case Step::kReason:
      if (!reason_.empty()) actions_.info(reason_);
      return end_step(now);
    case Step::kQuitting:
      return run_hook(Hook::kQuitting, now);
    case Step::kCollect:
      step_ends_ = now + 2 * kCollectTimeout;  // the answer comes earlier
      waiting_for_ = actions_.next_id();
      actions_.add(CollectIncrements{waiting_for_});
      return;
    case Step::kExitCode:
      code_ = exit_code_();
      actions_.info(fmt::format("Shutting down (exit code {})", *code_));
      return end_step(now);
    case Step::kSummary:
      return exit(*code_);
  }
}

void Ending::end_step(TimePoint now) {
  users_stopped_ = users_stopped_ || steps_.front() == Step::kStopUsers;
  steps_.pop_front();
  step_ends_ = TimePoint::max();
  if (!steps_.empty()) begin_step(now);
}

void Ending::run_hook(Hook hook, TimePoint now) {
  step_ends_ = now + kHookPatience;
  waiting_for_ = actions_.next_id();
  actions_.add(RunHook{waiting_for_, hook});
}

void Ending::on(const HookDone& event, TimePoint now) {
  if (!active() || exited_ || event.id != waiting_for_) return;
  end_step(now);
}

void Ending::on(const IncrementsCollected& event, TimePoint now) {
  if (!active() || exited_ || steps_.front() != Step::kCollect || event.id < waiting_for_) return;
  end_step(now);
}

void Ending::on_time(TimePoint now) {
  if (!active() || exited_) return;
  if (steps_.front() == Step::kStopUsers && shards_.all_answered()) {
    end_step(now);
  } else if (now >= step_ends_) {
    step_overdue(now);
  }
}

void Ending::step_overdue(TimePoint now) {
  const auto give_up_hook = [&](const char* name) {
    actions_.warning(
        fmt::format("The {} listeners are still running; no longer waiting for them", name));
  };
  switch (steps_.front()) {
    case Step::kTestStopping:
      give_up_hook("test_stopping");
      break;
    case Step::kStopUsers:
      actions_.warning("Some users did not stop in time; shutting down without them");
      break;
    case Step::kTestStop:
      give_up_hook("test_stop");
      break;
    case Step::kQuitting:
      give_up_hook("quitting");
      break;
    default:
      break;
  }
  end_step(now);
}

TimePoint Ending::next_wakeup() const {
  return active() && !exited_ ? step_ends_ : TimePoint::max();
}

}  // namespace cppworker::runner
