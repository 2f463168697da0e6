#include <chrono>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "coro/scheduler.hpp"
#include "coro/scheduler_core.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

#if defined(__SANITIZE_THREAD__)
constexpr int kMany = 1'000;  // TSan allows 8,128 fibers, and takes its time to make them
#else
constexpr int kMany = 100'000;
#endif

TEST(CoroutinePool, ReusesTheStackThatWasFreedLast) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  const Coroutine* first = &scheduler.spawn([] {});
  scheduler.run_until_idle();
  const Coroutine* second = &scheduler.spawn([] {});
  EXPECT_EQ(first, second);
}

TEST(CoroutinePool, Keeps100000CoroutinesAliveAtOnce) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  int woken = 0;
  for (int i = 0; i < kMany; ++i) {
    scheduler.spawn([&] {
      this_coroutine::sleep_until(clock.now() + 10s);
      ++woken;
    });
  }
  std::size_t most = 0;
  scheduler.spawn([&] {
    this_coroutine::sleep_until(clock.now() + 5s);
    most = scheduler.alive();
  });
  scheduler.run_until_idle();
  EXPECT_EQ(woken, kMany);
  EXPECT_EQ(most, static_cast<std::size_t>(kMany) + 1);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST(CoroutinePool, BoundsTheStacksItKeeps) {
  VirtualClock clock;
  Scheduler facade{clock, {}};
  SchedulerCore core{facade, clock, {.idle_stacks_max = 10}};
  for (int round = 0; round < 3; ++round) {
    int finished = 0;
    for (int i = 0; i < 100; ++i) {
      core.spawn(
          [&] {
            std::vector<int> still_works(100, round);
            finished += still_works.back() == round;
          },
          {});
    }
    EXPECT_EQ(core.coroutines().taken(), 100U);
    core.run(true);
    EXPECT_EQ(finished, 100);
    EXPECT_EQ(core.coroutines().taken(), 0U);
    EXPECT_EQ(core.coroutines().idle(), 10U);
    EXPECT_EQ(core.coroutines().stacks().size(), 128U);  // no new ones in later rounds
  }
}

}  // namespace
}  // namespace cppworker::coro
