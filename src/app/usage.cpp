#include "app/usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace cppworker::app {

namespace {

std::chrono::nanoseconds cpu_time(clockid_t clock) {
  timespec used{};
  if (clock_gettime(clock, &used) != 0) {
    return std::chrono::nanoseconds{0};  // the thread has ended
  }
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

}  // namespace

Usage::Usage(std::vector<clockid_t> cpu_clocks) : last_(std::chrono::steady_clock::now()) {
  for (const clockid_t clock : cpu_clocks) {
    threads_.push_back({clock, cpu_time(clock)});
  }
}

double Usage::busiest_thread_percent() {
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> elapsed = now - last_;
  last_ = now;
  double busiest = 0;
  for (Thread& thread : threads_) {
    const std::chrono::nanoseconds used = cpu_time(thread.clock);
    const std::chrono::duration<double> busy = used - thread.used;
    thread.used = used;
    if (elapsed.count() > 0) {
      busiest = std::max(busiest, 100 * busy / elapsed);
    }
  }
  return std::clamp(busiest, 0.0, 100.0);
}

std::int64_t Usage::resident_bytes() {
  std::ifstream statm("/proc/self/statm");  // in pages: total, resident, …
  std::int64_t total = 0;
  std::int64_t resident = 0;
  if (!(statm >> total >> resident)) {
    return 0;
  }
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace cppworker::app
