#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <vector>

namespace cppworker::app {

/// CPU and memory for the heartbeat. Control thread only.
class Usage {
 public:
  /// @param cpu_clocks of the threads to watch (pthread_getcpuclockid).
  explicit Usage(std::vector<clockid_t> cpu_clocks);

  /// CPU of the busiest thread since the last call, 0-100: a process with one full thread and three
  /// idle ones is at its limit, and an average would hide it.
  [[nodiscard]] double busiest_thread_percent();

  /// Resident set size of the process, bytes.
  [[nodiscard]] static std::int64_t resident_bytes();

 private:
  struct Thread {
    clockid_t clock;
    std::chrono::nanoseconds used{0};
  };
  std::vector<Thread> threads_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace cppworker::app
