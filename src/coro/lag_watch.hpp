#pragma once

#include <chrono>
#include <functional>

#include "coro/lag_meter.hpp"
#include "coro/scheduler.hpp"

namespace cppworker::coro {

/// Looks every ten seconds how late a scheduler's coroutines run, and tells when it matters: an
/// answer that waits for the thread is measured too long. Belongs to the scheduler's thread.
class LagWatch {
 public:
  static constexpr std::chrono::seconds kInterval{10};
  /// Measured response times that are more than this too long are wrong.
  static constexpr std::chrono::milliseconds kTolerated{1};
  /// Fewer resumed coroutines in an interval say nothing.
  static constexpr std::uint64_t kFewest = 100;

  LagWatch(Scheduler& scheduler, std::function<void(const Lag&)> on_late)
      : scheduler_{scheduler},
        on_late_{std::move(on_late)},
        timer_{scheduler, [](void* self) { static_cast<LagWatch*>(self)->look(); }, this} {
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

 private:
  void look() {
    const Lag lag = scheduler_.take_lag();
    if (lag.count >= kFewest && lag.p99 > kTolerated) {
      on_late_(lag);
    }
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

  Scheduler& scheduler_;
  std::function<void(const Lag&)> on_late_;
  Timer timer_;
};

}  // namespace cppworker::coro
