#include <chrono>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "coro/scheduler.hpp"
#include "coro/scheduler_core.hpp"
#include "scale.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

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
  unsigned woken = 0;
  for (unsigned i = 0; i < kManyCoroutines; ++i) {
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
  EXPECT_EQ(woken, kManyCoroutines);
  EXPECT_EQ(most, kManyCoroutines + 1);
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
    EXPECT_EQ(core.coroutines().stacks().size(), 128U);  // later rounds add no stacks
  }
}

}  // namespace
}  // namespace cppworker::coro
