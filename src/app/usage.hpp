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

  /// The time over which the CPU figure is averaged, as in a stock worker: a short burst is not an
  /// overload.
  static constexpr std::chrono::seconds kWindow{10};
  /// Over a shorter time the figure is 0.
  static constexpr std::chrono::seconds kShortest{1};

  /// @param cpu_clocks the CPU clocks of the threads to watch (pthread_getcpuclockid)
  explicit Usage(std::vector<clockid_t> cpu_clocks);

  /// The CPU usage of the busiest thread over the last kWindow, 0-100 %. A process with one fully
  /// used thread and three idle ones is at its limit, which an average would hide. Rounded to 0.1,
  /// as in Python's workers, because the web UI shows the number as it is. Call it about once a
  /// second.
  [[nodiscard]] double busiest_thread_percent(TimePoint now);

  /// Resident set size of the process, bytes.
  [[nodiscard]] static std::int64_t resident_bytes();

 private:
  struct Sample {
    TimePoint at;
    std::vector<std::chrono::nanoseconds> used;  // CPU time of each thread
  };
  std::vector<clockid_t> cpu_clocks_;
  std::deque<Sample> samples_;  // oldest first; the oldest is the window's beginning
};

}  // namespace cppworker::app
