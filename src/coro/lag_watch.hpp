#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "coro/lag_meter.hpp"
#include "coro/scheduler.hpp"
#include "coro/thread_times.hpp"

namespace cppworker::coro {

/// Checks every ten seconds how late a scheduler's coroutines run, and calls a function if measured
/// response times are too long because responses waited for the thread. Belongs to the scheduler's
/// thread.
class LagWatch {
 public:
  static constexpr std::chrono::seconds kInterval{10};
  /// The largest measurement error of response times that is tolerated.
  static constexpr std::chrono::milliseconds kTolerated{1};
  /// With fewer resumed coroutines in an interval, the percentile has no meaning.
  static constexpr std::uint64_t kFewest = 100;

  /// Shares of the time since the last check.
  struct Load {
    double running = 0;       ///< the thread ran on a CPU
    double kept_waiting = 0;  ///< the thread was ready, but other threads used the CPUs
  };

  LagWatch(Scheduler& scheduler, std::function<void(const Lag&, const Load&)> on_late)
      : scheduler_{scheduler},
        on_late_{std::move(on_late)},
        timer_{scheduler, [](void* self) { static_cast<LagWatch*>(self)->look(); }, this} {
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

  /// The lag in the last full interval; zero before the first one has ended.
  [[nodiscard]] const Lag& last() const { return last_lag_; }

 private:
  void look() {
    const Lag lag = last_lag_ = scheduler_.take_lag();
    const Look before = std::exchange(last_look_, Look{});
    if (lag.count >= kFewest && lag.p99 > kTolerated) {
      const auto share = [passed = last_look_.at - before.at](Duration part) {
        return std::chrono::duration<double>(part) / std::chrono::duration<double>(passed);
      };
      on_late_(lag,
               {.running = share(last_look_.times.running - before.times.running),
                .kept_waiting = share(last_look_.times.kept_waiting - before.times.kept_waiting)});
    }
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

  struct Look {
    TimePoint at = RealClock().now();  // the kernel's times are never virtual
    ThreadTimes times = ThreadTimes::now();
  };

  Scheduler& scheduler_;
  std::function<void(const Lag&, const Load&)> on_late_;
  Timer timer_;
  Lag last_lag_;
  Look last_look_;
};

}  // namespace cppworker::coro
