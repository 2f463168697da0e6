#include <array>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <cppworker/blocking.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/future.hpp>
#include <cppworker/gather.hpp>
#include <cppworker/spawn.hpp>
#include <cppworker/sync.hpp>
#include <cppworker/tcp_stream.hpp>
#include <cppworker/time.hpp>
#include <cppworker/waiting.hpp>

#include "support/limits.hpp"
#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// gather() in a coroutine that belongs to no user, such as a listener of test_start.
class GatherTest : public ThreadsTest {
 protected:
  /// Starts a coroutine, whose stop the test requests; run() ends it, but does not wait for it.
  template <class Body>
  coro::Coroutine& start(Body body) {
    return scheduler.spawn([this, body] {
      try {
        body();
        log.emplace_back("returned");
      } catch (const StopUser&) {
        log.emplace_back("StopUser");
      }
    });
  }
  [[nodiscard]] Seconds elapsed() { return clock.now() - began; }

  std::vector<std::string> log;
  const coro::TimePoint began = clock.now();
};

TEST_F(GatherTest, RunsAllAtTheSameTimeAndReturnsTheirResults) {
  run([&] {
    const auto [number, text, nothing] = gather(
        [&] {
          log.emplace_back("first starts");
          sleep_for(2s);
          log.emplace_back("first ends");
          return 1;
        },
        [&] {
          log.emplace_back("second starts");
          sleep_for(1s);
          log.emplace_back("second ends");
          return std::string("two");
        },
        [&] { log.emplace_back("third"); });
    EXPECT_EQ(number, 1);
    EXPECT_EQ(text, "two");
    static_assert(std::is_same_v<decltype(nothing), const std::monostate>);
    EXPECT_EQ(elapsed(), 2s);
    EXPECT_THAT(log,
                ElementsAre("first starts", "second starts", "third", "second ends", "first ends"));
  });
}

TEST_F(GatherTest, ReturnsResultsThatCanOnlyBeMoved) {
  run([] {
    const auto [owned] = gather([] { return std::make_unique<int>(5); });
    EXPECT_EQ(*owned, 5);
    static_assert(std::is_same_v<decltype(gather()), std::tuple<>>);
    gather();
  });
}

TEST_F(GatherTest, ReturnsAVectorForARangeOfFunctions) {
  run([&] {
    std::vector<std::function<int()>> functions;
    for (int i = 0; i < 3; ++i) {
      functions.emplace_back([i] {
        sleep_for(Seconds(3 - i));
        return i;
      });
    }
    EXPECT_THAT(gather(functions), ElementsAre(0, 1, 2));
    EXPECT_EQ(elapsed(), 3s);
    functions.clear();
    EXPECT_TRUE(gather(functions).empty());
    const auto none = gather(std::vector<std::function<void()>>(2, [] {}));
    EXPECT_EQ(none.size(), 2U);
  });
}

TEST_F(GatherTest, ThrowsTheFirstExceptionInTheOrderOfTheArgumentsWhenAllHaveEnded) {
  run([&] {
    try {
      gather([&] { sleep_for(3s), log.emplace_back("returned"); },
             [] { sleep_for(2s), throw std::out_of_range("second"); },
             [] { sleep_for(1s), throw std::logic_error("third"); });
      ADD_FAILURE() << "it returned";
    } catch (const std::out_of_range& error) {
      EXPECT_STREQ(error.what(), "second");
    }
    EXPECT_EQ(elapsed(), 3s);
    EXPECT_THAT(log, ElementsAre("returned"));
  });
}

TEST_F(GatherTest, PassesOnControlFlow) {
  run([&] {
    EXPECT_THROW(gather([] { throw RescheduleTask{}; }), RescheduleTask);
    EXPECT_THROW(gather([] {}, [] { throw InterruptTaskSet{}; }), InterruptTaskSet);
    EXPECT_THROW(gather([] { sleep_for(1s); }, [] { throw StopUser{}; }), StopUser);
    EXPECT_EQ(elapsed(), 1s) << "a function that throws StopUser does not stop the others";
  });
}

TEST_F(GatherTest, AStopReachesAllFunctionsWhereTheyWait) {
  Semaphore taken(0);
  const Promise<int> never;
  const auto noting = [&](const char* what, auto wait) {
    return [this, what, wait] {
      try {
        wait();
      } catch (const StopUser&) {
        log.emplace_back(what);
        throw;
      }
    };
  };
  coro::Coroutine& caller = start([&] {
    gather(noting("sleep_for", [] { sleep_for(100s); }),
           noting("Semaphore", [&] { static_cast<void>(taken.acquire()); }),
           noting("Future", [&] { never.future().get(); }),
           noting("nested", [&] { gather([] { sleep_for(100s); }, [] { sleep_for(200s); }); }),
           [&] { log.emplace_back("ended before"); });
  });
  run([&] {
    sleep_for(1s);
    caller.request_stop();
  });
  scheduler.run_until_idle();
  EXPECT_THAT(
      log, ElementsAre("ended before", "sleep_for", "Semaphore", "Future", "nested", "StopUser"));
  EXPECT_EQ(elapsed(), 1s);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(GatherTest, AStoppedCallerWaitsForAFunctionThatCannotBeStopped) {
  std::promise<void> release;
  coro::Coroutine& caller = start([&] {
    int on_the_callers_stack = 0;
    gather([&] {
      try {
        run_blocking([&] {
          release.get_future().wait();
          on_the_callers_stack = 7;
        });
      } catch (const StopUser&) {
        log.push_back(std::to_string(on_the_callers_stack));
        throw;
      }
    });
  });
  run([&] {
    sleep_for(1s);
    caller.request_stop();
    sleep_for(1s);
    EXPECT_THAT(log, testing::IsEmpty());
    release.set_value();
    while (log.size() < 2) {
      coro::this_coroutine::yield();
    }
  });
  EXPECT_THAT(log, ElementsAre("7", "StopUser"));
}

TEST_F(GatherTest, StartsNothingWhileAStoppedCallerUnwinds) {
  coro::Coroutine& caller = start([&] {
    struct Gatherer {
      std::vector<std::string>& log;
      ~Gatherer() {
        try {
          gather([this] { log.emplace_back("ran"); });
        } catch (const UnwindingError&) {
          log.emplace_back("UnwindingError");
        }
      }
    } const gatherer{log};
    sleep_for(100s);
  });
  run([&] { caller.request_stop(); });
  scheduler.run_until_idle();
  EXPECT_THAT(log, ElementsAre("UnwindingError", "StopUser"));
}

TEST_F(GatherTest, WorksInADestructorWhileAnExceptionUnwinds) {
  run([&] {
    struct Gatherer {
      int& result;
      ~Gatherer() {
        result = std::get<0>(gather([] {
          sleep_for(1s);
          return 3;
        }));
      }
    };
    int result = 0;
    try {
      const Gatherer gatherer{result};
      throw std::runtime_error("unwinds");
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(result, 3);
  });
}

/// The functions refer to the caller's stack, so the caller must not be resumed, either.
TEST_F(GatherTest, AFunctionThatNeverStopsParksItsCaller) {
  coro::Coroutine& caller = start([&] {
    gather(
        [] {
          for (;;) {
            try {
              sleep_for(1s);
            } catch (...) {  // the author's mistake
            }
          }
        },
        [&] {
          gather([&] {
            struct Noted {
              std::vector<std::string>& log;
              ~Noted() { log.emplace_back("the other one was unwound"); }
            } const noted{log};
            sleep_for(100s);
          });
        });
  });
  run([&] {
    sleep_for(10s);
    caller.request_stop();
  });
  scheduler.run_until_idle();
  EXPECT_THAT(log, ElementsAre("the other one was unwound"));
  EXPECT_EQ(scheduler.parked(), 2U);
  EXPECT_EQ(scheduler.alive(), 2U);
}

TEST_F(GatherTest, NeedsACoroutine) {
  const auto message = [] {
    try {
      gather([] {});
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string("it returned");
  };
  const auto outside = testing::StartsWith(
      "gather() was called outside of a coroutine. Only users and event listeners can wait, and "
      "only on their own thread");
  EXPECT_THAT(message(), outside);
  run([&] {
    std::string text;
    std::thread([&] { text = message(); }).join();
    EXPECT_THAT(text, outside);
  });
}

TEST_F(GatherTest, AThousandFunctionsReuseTheirStacks) {
  run([] {
    for (int round = 0; round < 3; ++round) {
      std::vector<std::function<int()>> functions;
      for (int i = 0; i < 1000; ++i) {
        functions.emplace_back([i] {
          sleep_for(1s);
          return i;
        });
      }
      EXPECT_EQ(gather(functions).back(), 999);
    }
  });
  EXPECT_EQ(scheduler.alive(), 0U);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(GatherTest, AFunctionWithoutMemoryForItsStackFailsAndTheOthersRun) {
  run([] {
    int ran = 0;
    const LittleMemory limit(16 << 20);  // half of what 64 stacks need
    try {
      gather(std::vector<std::function<void()>>(200, [&] { ++ran; }));
      ADD_FAILURE() << "it returned";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("gather() has no memory for the stack"));
    }
    EXPECT_GT(ran, 0);
    EXPECT_LT(ran, 200);
  });
}
#endif

TEST_F(GatherTest, OneFunctionReadsATcpStreamWhileAnotherOneWrites) {
  run([] {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    TcpStream near = TcpStream::from_fd(ends[0]);
    TcpStream far = TcpStream::from_fd(ends[1]);
    const std::string data(1 << 20, 'x');  // more than the sockets take at once
    const auto [received, echoed, written] = gather([&] { return near.read_exactly(data.size()); },
                                                    [&] {
                                                      const auto all =
                                                          far.read_exactly(data.size());
                                                      far.write_all(all);
                                                      return all.size();
                                                    },
                                                    [&] { near.write_all(data); });
    EXPECT_EQ(received, data);
    EXPECT_EQ(echoed, data.size());
  });
}

TEST_F(GatherTest, SpawnNeedsAUser) {
  run([] {
    try {
      spawn([] {});
      ADD_FAILURE() << "it started";
    } catch (const std::logic_error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("a listener that runs without a user"));
    }
    EXPECT_THROW(gather([] { spawn([] {}); }), std::logic_error);
  });
  EXPECT_THROW(spawn([] {}), std::logic_error);
}

}  // namespace
}  // namespace cppworker
