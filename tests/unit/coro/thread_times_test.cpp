#include "coro/thread_times.hpp"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

/// Computes until this thread has used this CPU time.
ThreadTimes compute_for(Duration duration) {
  const ThreadTimes begin = ThreadTimes::now();
  ThreadTimes now = begin;
  while (now.running < begin.running + duration) {
    now = ThreadTimes::now();
  }
  return now;
}

TEST(ThreadTimes, TwoThreadsOnOneCpuKeepEachOtherWaiting) {
  if (std::ifstream("/proc/thread-self/schedstat").fail()) {
    GTEST_SKIP() << "this kernel doesn't count it";
  }
  const auto stay_here = [cpu = sched_getcpu()] {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    ASSERT_EQ(pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus), 0);
  };
  ThreadTimes first;
  ThreadTimes second;
  std::thread other([&] {
    stay_here();
    first = compute_for(200ms);
  });
  std::thread another([&] {
    stay_here();
    second = compute_for(200ms);
  });
  other.join();
  another.join();
  EXPECT_GE(first.running, 200ms);
  EXPECT_GT(first.kept_waiting + second.kept_waiting, 20ms);
}

}  // namespace
}  // namespace cppworker::coro
