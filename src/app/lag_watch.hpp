#pragma once

#include <deque>
#include <functional>

#include "coro/lag_meter.hpp"
#include "coro/scheduler.hpp"
#include "coro/thread_times.hpp"
#include "stats/lateness.hpp"

namespace cppworker::app {

[[nodiscard]] stats::Lateness lateness_of(const coro::Lag& lag);

/// Takes a scheduler's lag in short intervals, and calls a function if measured response times are
/// too long because responses waited for the thread. Belongs to the scheduler's thread.
class LagWatch {
 public:
  struct Load {
    double seconds = 0;  ///< in which it was measured: 10, or a little more
    // Shares of this time.
    double running = 0;       ///< the thread ran on a CPU
    double kept_waiting = 0;  ///< the thread was ready, but other threads used the CPUs
  };
  using OnLate = std::function<void(const stats::Lateness& lateness, const Load&)>;

  LagWatch(coro::Scheduler& scheduler, OnLate on_late)
      : scheduler_(scheduler), on_late_(std::move(on_late)) {}

  /// The lag since the last call. Calls on_late if the thread was late in the last
  /// kWindowSeconds.
  coro::Lag look();
  /// A run begins.
  void forget();

 private:
  struct Times {
    coro::TimePoint at = coro::RealClock().now();  // the kernel's times are never virtual
    coro::ThreadTimes of_kernel = coro::ThreadTimes::now();
  };
  struct Interval {
    coro::Duration length;
    Times began;
    stats::Lateness lateness;
  };

  coro::Scheduler& scheduler_;
  OnLate on_late_;
  std::deque<Interval> window_;  // the newest is last
  coro::TimePoint last_look_ = scheduler_.clock().now();
  Times last_times_;
};

}  // namespace cppworker::app
