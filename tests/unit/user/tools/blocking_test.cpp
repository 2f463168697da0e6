#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/blocking.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/user.hpp>

#include "coro/blocking_pool.hpp"
#include "support/limits.hpp"
#include "support/temporary_folder.hpp"
#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;
using BlockingTest = ThreadsTest;

TEST_F(BlockingTest, RunsOnAnotherThreadAndReturnsTheResult) {
  run([] {
    const std::thread::id here = std::this_thread::get_id();
    const std::string text =
        "local";  // used by reference: the call returns only when the function has ended
    const std::string result = run_blocking([&] {
      EXPECT_NE(std::this_thread::get_id(), here);
      return text + " result";
    });
    EXPECT_EQ(result, "local result");
    run_blocking([] {});
  });
}

TEST_F(BlockingTest, ABlockingFunctionCannotSuspend) {
  run([] {
    try {
      run_blocking([] { sleep_for(1s); });
      ADD_FAILURE() << "it waited";
    } catch (const std::logic_error& error) {
      EXPECT_STREQ(error.what(),
                   "sleep_for() was called outside of a coroutine. Only users and event listeners "
                   "can wait, and only on their own thread: not in a std::thread or in a function "
                   "that run_blocking() runs.");
    }
  });
}

TEST_F(BlockingTest, PassesExceptionsOn) {
  run([] {
    EXPECT_THROW(run_blocking([]() -> int { throw std::out_of_range("far"); }), std::out_of_range);
  });
}

TEST(BlockingPool, ReportsThatNoThreadCanBeStarted) {
  const NoMoreThreads limit;
  coro::BlockingPool pool;
  EXPECT_THAT(message_of<std::system_error>([&] { pool.run([] {}); }),
              testing::StartsWith("Cannot start a thread for a blocking call: "));
}

TEST_F(BlockingTest, OtherUsersGoOnMeanwhile) {
  run([&] {
    std::promise<void> release;
    scheduler.spawn([&] { release.set_value(); });
    run_blocking(
        [&] { release.get_future().wait(); });  // would wait indefinitely if no other user ran
  });
}

TEST_F(BlockingTest, AStopWaitsForTheFunctionToEnd) {
  run([&] {
    std::promise<void> started;
    std::promise<void> release;
    std::atomic<bool> ended{false};
    bool ended_before_stop = false;
    const Promise<void> user_gone;
    coro::Coroutine& user = scheduler.spawn([&] {
      try {
        run_blocking([&] {
          started.set_value();
          release.get_future().wait();
          ended = true;
        });
      } catch (const StopUser&) {
        ended_before_stop = ended;
        user_gone.set_value();
        throw;
      }
    });
    run_blocking([&] { started.get_future().wait(); });
    user.request_stop();
    user.request_stop();
    release.set_value();
    user_gone.future().get();
    EXPECT_TRUE(ended_before_stop);
  });
}

TEST_F(BlockingTest, AStartedCallGoesOnWithoutItsUser) {
  run([&] {
    std::promise<void> release;
    const Promise<int> result;
    coro::Coroutine& user = scheduler.spawn([&] {
      start_blocking([&] {
        release.get_future().wait();
        result.set_value(5);
      }).get();
    });
    sleep_for(1s);
    user.request_stop();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U) << "the user has stopped";
    release.set_value();
    EXPECT_EQ(result.future().get(), 5);
  });
}

TEST(BlockingPool, StartsNoMoreThreadsThanAllowedAndRunsEverything) {
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  {
    coro::BlockingPool pool({.threads_max = 3});
    for (int i = 0; i < 50; ++i) {
      pool.run([&] {
        const int now = ++at_once;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        std::this_thread::yield();
        --at_once;
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 50);
  EXPECT_LE(most, 3);
}

TEST(BlockingPool, ReportsWhetherItIsIdle) {
  coro::BlockingPool pool({.threads_max = 1});
  std::promise<void> release;
  pool.run([&] { release.get_future().wait(); });
  EXPECT_FALSE(pool.wait_idle(std::chrono::steady_clock::now()));
  release.set_value();
  EXPECT_TRUE(pool.wait_idle(std::chrono::steady_clock::time_point::max()));
}

}  // namespace
}  // namespace cppworker
