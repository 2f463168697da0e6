#include "app/lag_watch.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace cppworker::app {
namespace {

/// Intervals are a little longer or shorter than a second.
constexpr coro::Duration kWindow =
    std::chrono::seconds{stats::Lateness::kWindowSeconds} - std::chrono::milliseconds{500};

double seconds(coro::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

stats::Lateness lateness_of(const coro::Lag& lag) {
  stats::Lateness lateness{.wakeups = static_cast<std::int64_t>(lag.count),
                           .late_times = {},
                           .max_ms = seconds(lag.max) * 1'000};
  for (const auto& [bound, count] : lag.counts) {
    if (bound.count() < stats::Lateness::kToleratedNs) continue;
    lateness.late_times[(bound.count() + 999) / 1'000] += static_cast<std::int64_t>(count);
  }
  return lateness;
}

coro::Lag LagWatch::look() {
  coro::Lag lag = scheduler_.take_lag();
  const coro::TimePoint now = scheduler_.clock().now();
  window_.push_back({now - std::exchange(last_look_, now), std::exchange(last_times_, Times{}),
                     lateness_of(lag)});
  coro::Duration length{0};
  stats::Lateness lateness;
  for (auto interval = window_.rbegin(); interval != window_.rend(); ++interval) {
    if (length >= kWindow) {
      window_.erase(window_.begin(), interval.base());
      break;
    }
    length += interval->length;
    lateness.add(interval->lateness);
  }
  if (length < kWindow || !lateness.is_late()) return lag;
  const Times& began = window_.front().began;
  const double passed = seconds(last_times_.at - began.at);
  on_late_(
      lateness,
      {.seconds = seconds(length),
       .running = seconds(last_times_.of_kernel.running - began.of_kernel.running) / passed,
       .kept_waiting =
           seconds(last_times_.of_kernel.kept_waiting - began.of_kernel.kept_waiting) / passed});
  return lag;
}

void LagWatch::forget() {
  (void)scheduler_.take_lag();
  window_.clear();
  last_look_ = scheduler_.clock().now();
  last_times_ = {};
}

}  // namespace cppworker::app
