#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include <gtest/gtest.h>

#include "coro/scheduler.hpp"
#include "coro/timers.hpp"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

// Counts the allocations of the whole test program.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

TEST(Allocation, CountsAllocations) {
  const std::size_t before = allocations;
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, SpawnWaitAndEndDoNotAllocate) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  const auto round = [&] {
    for (int i = 0; i < 100; ++i) {
      scheduler.spawn([&clock] {
        this_coroutine::yield();
        this_coroutine::sleep_until(clock.now() + 1s);
      });
    }
    scheduler.run_until_idle();
  };
  round();
  round();
  const std::size_t before = allocations;
  round();
  // run_until_idle() itself allocates the thread's signal stack.
  EXPECT_LE(allocations - before, 1U);
}

TEST(Allocation, ArmingAndCancellingTimersDoesNotAllocate) {
  VirtualClock clock;
  Scheduler scheduler{clock, {}};
  std::vector<std::unique_ptr<Timer>> timers;
  const auto arm_all = [&] {
    for (std::size_t i = 0; i < timers.size(); ++i) {
      timers[i]->arm(clock.now() + 1ms * static_cast<int>(i));
    }
  };
  for (int i = 0; i < 1'000; ++i) {
    timers.push_back(std::make_unique<Timer>(
        scheduler, [](void* /*context*/) {}, nullptr));
  }
  arm_all();
  scheduler.run_until_idle();
  const std::size_t before = allocations;
  arm_all();
  for (auto& timer : timers) {
    timer->cancel();
  }
  arm_all();
  EXPECT_EQ(allocations, before);
  scheduler.run_until_idle();
}

}  // namespace
}  // namespace cppworker::coro
