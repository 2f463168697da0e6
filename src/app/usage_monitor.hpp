#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <optional>
#include <vector>

#include "app/usage.hpp"
#include "runner/events.hpp"

namespace cppworker::app {

/// Measures CPU and memory usage for heartbeats once a second, and warns about high CPU usage once
/// per run. Belongs to the control thread.
class UsageMonitor {
 public:
  /// @param cpu_clocks of the threads to watch
  /// @param workers the number of workers in this process, which share its memory
  UsageMonitor(std::vector<clockid_t> cpu_clocks, std::size_t workers)
      : usage_(std::move(cpu_clocks)), workers_(workers) {}

  [[nodiscard]] bool is_due(Usage::TimePoint now) const { return now >= next_; }
  [[nodiscard]] runner::UsageMeasured measure(Usage::TimePoint now);

  /// Data for the usage_monitor and cpu_warning events of user code.
  struct Notice {
    double cpu_percent = 0;
    std::int64_t memory_bytes = 0;
    bool is_too_much = false;
  };
  /// Returns the last measurement every 10 s, as in Locust; otherwise none. Logs the warning.
  [[nodiscard]] std::optional<Notice> notice(Usage::TimePoint now);

  /// A run begins: the CPU warning may be logged again.
  void begin_run() { warned_ = false; }

 private:
  Usage usage_;
  const std::size_t workers_;
  runner::UsageMeasured last_;
  Usage::TimePoint next_{};
  Usage::TimePoint next_notice_{};
  bool warned_ = false;
};

}  // namespace cppworker::app
