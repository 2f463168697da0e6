#include "coro/scheduler_core.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "coro/crash_report.hpp"
#include "coro/forked_child.hpp"
#include "coro/warmup.hpp"

namespace cppworker::coro {
namespace {

// Limits per turn, so that coroutines that are always ready do not starve timers, events and
// messages. Ready coroutines run faster than timers make new ones ready, and timers make no more
// ready than events do. Otherwise requests would be sent while responses wait.
constexpr std::size_t kReadyPerTurn = 512;
constexpr std::size_t kTimersPerTurn = Poller::kMaxEvents;

// The handler for stack overflows reads this, so it must be a plain load, never a call that
// allocates.
[[gnu::tls_model("initial-exec")]] constinit thread_local SchedulerCore* core_here = nullptr;

}  // namespace

/// Marks this thread as the scheduler's while run() is on the stack.
class SchedulerCore::OnThisThread {
 public:
  explicit OnThisThread(SchedulerCore& core) : outer_{std::exchange(core_here, &core)} {}
  ~OnThisThread() { core_here = outer_; }
  OnThisThread(const OnThisThread&) = delete;
  OnThisThread& operator=(const OnThisThread&) = delete;

 private:
  SchedulerCore* outer_;
  SignalStack signal_stack_;
};

SchedulerCore::SchedulerCore(Scheduler& scheduler, Clock& clock, Scheduler::Options options)
    : scheduler_{scheduler},
      clock_{clock},
      options_{std::move(options)},
      clock_skips_{clock.skip_to(clock.now())},
      now_{clock.now()},
      event_age_{poller_, now_},
      timers_{now_},
      coroutines_{*this,
                  {.stack_size = options_.stack_size, .guard = options_.stack_guard},
                  options_.idle_stacks_max} {
  install_crash_reports();
}

SchedulerCore* SchedulerCore::current() { return core_here; }

void SchedulerCore::run(bool until_idle) {
  CHECK(running_ == nullptr);  // run() must not be called from one of its own coroutines
  const OnThisThread here{*this};
  now_ = clock_.now();
  for (;;) {
    // Read before the turn, so that functions which were posted before stop() are still run.
    const bool last = stop_.load();
    turn();
    if (last) {
      stop_.store(false);
      return;
    }
    if (!wait_for_work(until_idle)) {
      return;
    }
  }
}

bool SchedulerCore::has_messages() const { return !mailbox_.empty(); }

void SchedulerCore::stop() {
  stop_.store(true);
  if (mailbox_.claim_wakeup()) {
    poller_.wake();
  }
}

void SchedulerCore::post(std::function<void()> function) {
  if (mailbox_.post(std::move(function))) {
    poller_.wake();
  }
}

Coroutine& SchedulerCore::spawn(Coroutine::Body body, Label label) {
  DCHECK(core_here == nullptr || core_here == this);
  DCHECK(body != nullptr);
  StackedCoroutine& coroutine = coroutines_.take();
  coroutine.start(std::move(body), label);
  return coroutine;
}

/// noexcept, so that an exception from a handler, hook or posted function ends the process where it
/// is thrown.
void SchedulerCore::turn() noexcept {
  end_if_forked_child();  // user code also runs outside of coroutines
  oldest_event_ = event_age_.oldest(now_);
  fds_.dispatch(std::exchange(events_, {}));
  mailbox_.run_posted();
  timers_.advance(now_);
  timers_.fire_due(kTimersPerTurn);
  run_ready();
  for (const auto& hook : hooks_) {
    hook();
  }
  now_ = clock_.now();
}

void SchedulerCore::run_ready() {
  std::size_t left = std::min(ready_.size(), kReadyPerTurn);
  if (left != 0) {
    now_ = clock_.now();
  }
  CoroutineWarmup warmup{ready_};
  for (; left != 0; --left) {
    warmup.before_pop();
    StackedCoroutine& coroutine = ready_.pop();
    const TimePoint began = now_;
    if (coroutine.wait_ != StackedCoroutine::Wait::kNothing) {
      lag_.record(began - coroutine.ready_since_ + oldest_event_);
    }
    switch_to(coroutine);
    DCHECK(coroutine.state() != StackedCoroutine::State::kRunning);
    now_ = clock_.now();
    report_if_slow(coroutine.label(), now_ - began);
    if (coroutine.state() == StackedCoroutine::State::kPooled) {
      coroutines_.give_back(coroutine);
    } else if (coroutine.state() == StackedCoroutine::State::kParked) {
      ++parked_;
      Coroutine::Owner* const owner = coroutine.owner();
      if (owner != nullptr && owner->on_parked != nullptr) {
        owner->on_parked(*owner);
      } else if (options_.on_parked) {
        options_.on_parked(coroutine);
      }
    }
  }
}

void SchedulerCore::switch_to(StackedCoroutine& coroutine) {
  DCHECK(core_here == this && running_ == nullptr);
  DCHECK(coroutine.state() == StackedCoroutine::State::kReady);
  running_ = &coroutine;
  coroutine.state_ = StackedCoroutine::State::kRunning;
  resume(coroutine);
  while (loop_call_ != nullptr) {
    call_on_loop_stack(coroutine);
    resume(coroutine);
  }
  running_ = nullptr;
}

void SchedulerCore::resume(StackedCoroutine& coroutine) {
  switch_context(loop_, coroutine.context_);
  end_if_forked_child();
}

void SchedulerCore::run_on_loop_stack(StackedCoroutine& caller,
                                      const std::function<void()>& function) {
  CHECK(running_ == &caller && loop_call_ == nullptr);
  loop_call_ = &function;
  switch_context(caller.context_, loop_);
  if (loop_call_error_ != nullptr) {
    std::rethrow_exception(std::exchange(loop_call_error_, nullptr));
  }
}

void SchedulerCore::call_on_loop_stack(StackedCoroutine& caller) {
  DCHECK(running_ == &caller && loop_call_error_ == nullptr);
  running_ = nullptr;
  const std::function<void()>& function = *std::exchange(loop_call_, nullptr);
  try {
    function();
  } catch (...) {
    loop_call_error_ = std::current_exception();
  }
  running_ = &caller;
}

bool SchedulerCore::wait_for_work(bool until_idle) {
  const TimePoint next = timers_.next();
  if (std::exchange(turn_requested_, false) || !ready_.empty() || next <= now_) {
    poll();
    return true;
  }
  if (clock_skips_ || until_idle) {
    // A virtual clock may advance, or the loop may end, only if nothing else can happen.
    poll();
    if (!events_.empty() || !mailbox_.empty() || stop_.load()) {
      return true;
    }
    if (next == TimePoint::max() && until_idle) {
      return false;
    }
    if (clock_.skip_to(next)) {
      slept_until(clock_.now());
      return true;
    }
  }
  sleep_until(next);
  return true;
}

void SchedulerCore::sleep_until(TimePoint next) {
  if (!mailbox_.prepare_to_sleep()) {
    return;
  }
  if (!stop_.load()) {
    fetch(next == TimePoint::max() ? std::nullopt : std::optional{next - now_});
  }
  mailbox_.awake();
  slept_until(clock_.now());
}

void SchedulerCore::slept_until(TimePoint time) {
  DCHECK(time >= now_);
  event_age_.slept(now_, time);
  now_ = time;
}

void SchedulerCore::fetch(std::optional<Duration> timeout) {
  DCHECK(events_.empty() && core_here == this);
  event_age_.before_fetch();
  events_ = poller_.wait(timeout);
  event_age_.after_fetch(now_);
}

}  // namespace cppworker::coro
