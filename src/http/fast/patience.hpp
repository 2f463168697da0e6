#pragma once

#include <optional>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::http::fast {

/// How long a coroutine still waits for what it waits for.
class Patience {
 public:
  Patience(coro::Scheduler& scheduler, coro::Coroutine& self)
      : scheduler_(scheduler), self_(self) {}

  /// From now on: so long for all waits until the next call; none: for ever.
  void limit(const std::optional<coro::Duration>& duration) {
    ends_ = duration ? scheduler_.turn_time() + *duration : coro::TimePoint::max();
  }
  [[nodiscard]] bool ended() const { return scheduler_.turn_time() >= ends_; }
  [[nodiscard]] coro::Coroutine& self() const { return self_; }
  /// Suspends until self() is resumed or the patience has ended. Parameters as suspend()'s.
  [[nodiscard]] bool wait() const { return coro::this_coroutine::suspend(ends_); }

 private:
  coro::Scheduler& scheduler_;
  coro::Coroutine& self_;
  coro::TimePoint ends_ = coro::TimePoint::max();
};

}  // namespace cppworker::http::fast
