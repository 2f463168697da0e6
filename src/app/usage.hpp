#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <vector>

namespace cppworker::app {

/// CPU and memory for the heartbeat. Control thread only.
class Usage {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The span that a figure covers, as the stock worker's: a busy moment is no overload.
  static constexpr std::chrono::seconds kWindow{10};
  /// A shorter span says nothing yet.
  static constexpr std::chrono::seconds kShortest{1};

  /// @param cpu_clocks of the threads to watch (pthread_getcpuclockid).
  explicit Usage(std::vector<clockid_t> cpu_clocks);

  /// CPU of the busiest thread over the last kWindow, 0-100: a process with one full thread and
  /// three idle ones is at its limit, and an average would hide it. Call it about once a second.
  /// Rounded to 0.1, as Python's workers report it: the web UI shows the number as it is.
  [[nodiscard]] double busiest_thread_percent(TimePoint now);

  /// Resident set size of the process, bytes.
  [[nodiscard]] static std::int64_t resident_bytes();

 private:
  struct Sample {
    TimePoint at;
    std::vector<std::chrono::nanoseconds> used;  // by each thread so far
  };
  std::vector<clockid_t> cpu_clocks_;
  std::deque<Sample> samples_;  // oldest first; the oldest is the window's beginning
};

}  // namespace cppworker::app
