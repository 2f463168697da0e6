#pragma once

#include <optional>

#include "base/check.hpp"
#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::net {

/// The deadline of a coroutine's waits.
class Deadline {
 public:
  /// Without a limit until restart().
  Deadline(coro::Scheduler& scheduler, coro::Coroutine& self)
      : scheduler_(scheduler), self_(self) {}
  /// For all waits together; restart() without a timeout does not change it.
  Deadline(coro::Scheduler& scheduler, coro::Coroutine& self, coro::TimePoint time)
      : scheduler_(scheduler), self_(self), time_(time) {}

  /// Sets a new deadline `timeout` from now, for all waits until the next call; none: wait
  /// indefinitely.
  void restart(const std::optional<coro::Duration>& timeout) {
    timeout_ = timeout;
    time_ = coro::TimePoint::max();
    restart();
  }
  /// The same with the timeout of the last call.
  void restart() {
    if (timeout_) {
      time_ = scheduler_.turn_time() + *timeout_;
    }
  }
  [[nodiscard]] bool passed() const { return scheduler_.turn_time() >= time_; }
  [[nodiscard]] coro::TimePoint time() const { return time_; }
  [[nodiscard]] coro::Scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] coro::Coroutine& self() const { return self_; }
  /// Suspends until self() is resumed or the deadline has passed. Returns and throws as suspend().
  [[nodiscard]] bool wait() const {
    DCHECK(scheduler_.running() == &self_);
    return coro::this_coroutine::suspend(time_);
  }

 private:
  coro::Scheduler& scheduler_;
  coro::Coroutine& self_;
  std::optional<coro::Duration> timeout_;
  coro::TimePoint time_ = coro::TimePoint::max();
};

}  // namespace cppworker::net
