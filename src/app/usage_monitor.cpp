#include "app/usage_monitor.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "report/generator.hpp"

namespace cppworker::app {
namespace {

/// The same interval as for heartbeats.
constexpr std::chrono::seconds kInterval{1};
/// As in Locust.
constexpr std::chrono::seconds kNoticeInterval{10};
constexpr double kCpuWarningThreshold = report::Generator::kBusyPercent;

}  // namespace

runner::UsageMeasured UsageMonitor::measure(Usage::TimePoint now) {
  next_ = now + kInterval;
  last_ = {.cpu_percent = usage_.busiest_thread_percent(now),
           .memory_bytes = Usage::resident_bytes() / static_cast<std::int64_t>(workers_)};
  return last_;
}

std::optional<UsageMonitor::Notice> UsageMonitor::notice(Usage::TimePoint now) {
  if (now < next_notice_) return std::nullopt;
  next_notice_ = now + kNoticeInterval;
  const bool is_too_much = last_.cpu_percent > kCpuWarningThreshold;
  if (is_too_much && !std::exchange(warned_, true)) {
    spdlog::warn(
        "CPU usage above {}%! This may constrain your throughput and may even give inconsistent "
        "response time measurements! Give this worker more threads, or add workers.",
        kCpuWarningThreshold);
  }
  return Notice{last_.cpu_percent, last_.memory_bytes, is_too_much};
}

}  // namespace cppworker::app
