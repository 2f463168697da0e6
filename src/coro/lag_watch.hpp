#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <utility>

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

  /// @param on_late gets how late, and the share of the time in which the thread had a CPU: one
  /// that was late all the same was kept waiting, by other programs or by what blocks it.
  LagWatch(Scheduler& scheduler, std::function<void(const Lag&, double cpu_share)> on_late)
      : scheduler_{scheduler},
        on_late_{std::move(on_late)},
        timer_{scheduler, [](void* self) { static_cast<LagWatch*>(self)->look(); }, this} {
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

 private:
  void look() {
    const Lag lag = scheduler_.take_lag();
    const Duration before = std::exchange(cpu_time_, cpu_time());
    if (lag.count >= kFewest && lag.p99 > kTolerated) {
      on_late_(lag, std::chrono::duration<double>(cpu_time_ - before) / kInterval);
    }
    timer_.arm(scheduler_.clock().now() + kInterval);
  }

  static Duration cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }

  Scheduler& scheduler_;
  std::function<void(const Lag&, double)> on_late_;
  Timer timer_;
  Duration cpu_time_ = cpu_time();
};

}  // namespace cppworker::coro
