#include "coro/thread_times.hpp"

#include <cstdint>
#include <ctime>
#include <fstream>

namespace cppworker::coro {

ThreadTimes ThreadTimes::now() {
  timespec running{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &running);
  // Linux's sched-stats.rst: time on the CPU, time in its queue, both in ns, number of turns.
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t on_cpu = 0;
  std::int64_t in_queue = 0;
  file >> on_cpu >> in_queue;
  return {
      .running = std::chrono::seconds{running.tv_sec} + std::chrono::nanoseconds{running.tv_nsec},
      .kept_waiting = std::chrono::nanoseconds{file ? in_queue : 0}};
}

}  // namespace cppworker::coro
