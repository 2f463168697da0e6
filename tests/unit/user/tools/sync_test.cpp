#include <chrono>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>
#include <cppworker/sync.hpp>
#include <cppworker/user.hpp>

#include "support/coroutine_test.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;

COROUTINE_TEST(Semaphore, GivesPermitsInTheOrderOfRequests) {
  Semaphore semaphore(2);
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) {
    scheduler.spawn([&, i] {
      const SemaphoreGuard guard(semaphore);
      order.push_back(i);
      sleep_for(1s);
    });
  }
  sleep_for(500ms);
  EXPECT_EQ(order, (std::vector{0, 1}));
  sleep_for(1s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
  sleep_for(10s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(semaphore.permits(), 2U);
}

COROUTINE_TEST(Semaphore, FailsAfterTheTimeout) {
  Semaphore semaphore(0);
  EXPECT_FALSE(semaphore.acquire(2s));
  EXPECT_EQ(elapsed(), 2s);
  bool went_on = false;
  scheduler.spawn([&] { went_on = true; });
  EXPECT_FALSE(semaphore.acquire(0s));
  EXPECT_FALSE(went_on) << "it suspended";
  semaphore.release();
  EXPECT_TRUE(semaphore.acquire(0s)) << "nobody waits any more, so the permit is kept";
}

COROUTINE_TEST(Semaphore, AStoppedUserLosesNoPermit) {
  Semaphore semaphore(0);
  bool got_it = false;
  coro::Coroutine& stopped = scheduler.spawn([&] { static_cast<void>(semaphore.acquire()); });
  scheduler.spawn([&] { got_it = semaphore.acquire(); });
  sleep_for(1s);
  semaphore.release();     // gives the permit to the first one,
  stopped.request_stop();  // which is stopped before it runs
  sleep_for(1s);
  EXPECT_TRUE(got_it);
}

COROUTINE_TEST(Semaphore, FailsWhileAStoppedUserUnwinds) {
  Semaphore semaphore(0);
  struct AcquiresAtEnd {
    Semaphore& semaphore;
    bool& acquired;
    ~AcquiresAtEnd() { acquired = semaphore.acquire(); }
  };
  bool acquired = true;
  coro::Coroutine& stopped = scheduler.spawn([&] {
    const AcquiresAtEnd end{semaphore, acquired};
    sleep_for(1h);
  });
  sleep_for(1s);
  stopped.request_stop();
  sleep_for(1s);
  EXPECT_FALSE(acquired);
  EXPECT_EQ(scheduler.alive(), 1U);
}

COROUTINE_TEST(Event, WakesEverybodyAndStaysSet) {
  Event event;
  int woken = 0;
  for (int i = 0; i < 3; ++i) {
    scheduler.spawn([&] { woken += event.wait() ? 1 : 0; });
  }
  EXPECT_FALSE(event.wait(1s));
  EXPECT_EQ(woken, 0);
  event.set();
  EXPECT_TRUE(event.wait(0s));
  sleep_for(1s);
  EXPECT_EQ(woken, 3);
  event.clear();
  EXPECT_FALSE(event.wait(1s));
}

COROUTINE_TEST(Event, AStopEndsTheWait) {
  Event event;
  bool stopped = false;
  coro::Coroutine& waiting = scheduler.spawn([&] {
    try {
      event.wait();
    } catch (const StopUser&) {
      stopped = true;
      throw;
    }
  });
  sleep_for(1s);
  waiting.request_stop();
  sleep_for(1s);
  EXPECT_TRUE(stopped);
  event.set();  // the list of waiting coroutines is empty
}

TEST(Sync, RefusesAThreadWithoutAShard) {
  Semaphore semaphore(0);
  EXPECT_THROW(static_cast<void>(semaphore.acquire()), std::logic_error);
}

TEST(Sync, RefusesASecondShard) {
  Semaphore semaphore(1);
  coro::VirtualClock clock;
  coro::Scheduler first(clock, {.stack_size = 512 * coro::kKiB});
  coro::Scheduler second(clock, {.stack_size = 512 * coro::kKiB});
  first.spawn([&] { EXPECT_NO_THROW(semaphore.release()); });
  first.run_until_idle();
  second.spawn([&] { EXPECT_THROW(semaphore.release(), std::logic_error); });
  second.run_until_idle();
  EXPECT_EQ(semaphore.permits(), 2U);
}

}  // namespace
}  // namespace cppworker
