#include "coro/thread_times.hpp"

#include <cstdint>
#include <fstream>

namespace cppworker::coro {

ThreadTimes ThreadTimes::now() {
  // See Linux's sched-stats.rst: time on the CPU and time in its queue, both in ns, and the number
  // of time slices.
  std::ifstream file("/proc/thread-self/schedstat");
  std::int64_t on_cpu = 0;
  std::int64_t in_queue = 0;
  file >> on_cpu >> in_queue;
  return {.running = read_clock(CLOCK_THREAD_CPUTIME_ID),
          .kept_waiting = std::chrono::nanoseconds{file ? in_queue : 0}};
}

}  // namespace cppworker::coro
