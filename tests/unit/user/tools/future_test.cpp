#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <cppworker/blocking.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/future.hpp>
#include <cppworker/user.hpp>

#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;
using FutureTest = ThreadsTest;

TEST_F(FutureTest, BringsAValueFromAnotherThread) {
  std::thread thread;
  run([&] {
    const Promise<std::string> promise;
    thread = std::thread([promise] { promise.set_value("answer"); });
    EXPECT_EQ(promise.future().get(), "answer");
  });
  thread.join();
}

TEST_F(FutureTest, BringsAnException) {
  run([] {
    const Promise<int> promise;
    promise.set_exception(std::make_exception_ptr(std::runtime_error("no")));
    EXPECT_TRUE(promise.future().ready());
    EXPECT_THROW(promise.future().get(), std::runtime_error);
  });
}

TEST_F(FutureTest, WaitsNoLongerThanItsTimeout) {
  run([&] {
    const Promise<void> promise;
    Future<void> future = promise.future();
    const auto begin = clock.now();
    EXPECT_FALSE(future.wait(3s));
    EXPECT_EQ(clock.now() - begin, 3s);
    promise.set_value();
    EXPECT_TRUE(future.wait(0s));
    future.get();
  });
}

TEST_F(FutureTest, ASecondResultIsAnError) {
  const Promise<int> promise;
  promise.set_value(1);
  EXPECT_THROW(promise.set_value(2), std::logic_error);
}

TEST_F(FutureTest, AnAbandonedPromiseIsAnError) {
  run([] {
    std::optional<Promise<int>> promise(std::in_place);
    std::optional<Promise<int>> copy(promise);
    Future<int> future = promise->future();
    promise.reset();
    EXPECT_FALSE(future.ready());
    copy.reset();
    EXPECT_THROW(future.get(), std::runtime_error);
  });
}

TEST_F(FutureTest, AStoppedUserStopsWaitingAtOnce) {
  run([&] {
    const Promise<int> promise;
    bool stopped = false;
    coro::Coroutine& user = scheduler.spawn([&] {
      try {
        promise.future().get();
      } catch (const StopUser&) {
        stopped = true;
        throw;
      }
    });
    sleep_for(1s);
    user.request_stop();
    sleep_for(1s);
    EXPECT_TRUE(stopped);
    promise.set_value(1);  // no coroutine waits any more
    sleep_for(1s);
  });
}

TEST_F(FutureTest, OneWaiterAtATime) {
  run([&] {
    const Promise<int> promise;
    scheduler.spawn([&] { EXPECT_EQ(promise.future().get(), 7); });
    sleep_for(1s);
    EXPECT_THROW(promise.future().get(), std::logic_error);
    promise.set_value(7);
    sleep_for(1s);
  });
}

TEST_F(FutureTest, AThreadWithoutAShardCannotWait) {
  const Promise<int> promise;
  EXPECT_THROW(static_cast<void>(promise.future().wait()), std::logic_error);
  EXPECT_THROW(run_blocking([] {}), std::logic_error);
  run([] {
    // A function on the pool gets an exception.
    EXPECT_THROW(run_blocking([] { sleep_for(1s); }), std::logic_error);
  });
}

TEST_F(FutureTest, AResultAfterTheEndOfTheSchedulerIsDiscarded) {
  const Promise<int> promise;
  Future<int> future = promise.future();
  {
    coro::VirtualClock short_clock;
    coro::Scheduler short_lived(short_clock, {.stack_size = 512 * coro::kKiB});
    short_lived.spawn([&future] { static_cast<void>(future.wait()); });
    short_lived.run_until_idle();  // and drops the coroutine that still waits
  }
  promise.set_value(1);
}

}  // namespace
}  // namespace cppworker
