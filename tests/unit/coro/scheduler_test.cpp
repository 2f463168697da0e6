#include "coro/scheduler.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/coroutine_test.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

class SchedulerTest : public testing::Test {
 protected:
  VirtualClock clock;
  const TimePoint begin = clock.now();
  Scheduler scheduler{clock, {}};
  std::string order;

  [[nodiscard]] Duration elapsed() { return clock.now() - begin; }
};

COROUTINE_TEST(Scheduler, ASleepEndsExactlyOnVirtualTime) {
  this_coroutine::sleep_until(clock.now() + 2s);
  EXPECT_EQ(elapsed(), 2s);
  this_coroutine::sleep_until(clock.now() + 1h);
  EXPECT_EQ(elapsed(), 2s + 1h);
}

COROUTINE_TEST(Scheduler, ASleepInThePastOnlyYields) {
  bool other_ran = false;
  scheduler.spawn([&] { other_ran = true; });
  EXPECT_TRUE(this_coroutine::sleep_until(clock.now() - 1s));
  EXPECT_TRUE(other_ran);
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(SchedulerTest, RunsCoroutinesInTheOrderOfSpawning) {
  for (const char name : {'a', 'b', 'c'}) {
    scheduler.spawn([this, name] {
      order += name;
      this_coroutine::yield();
      order += name;
    });
  }
  EXPECT_EQ(order, "");
  EXPECT_EQ(scheduler.alive(), 3U);
  scheduler.run_until_idle();
  EXPECT_EQ(order, "abcabc");
  EXPECT_EQ(scheduler.alive(), 0U);
}

COROUTINE_TEST(Scheduler, YieldUnlessWaitedDoesNotYieldAfterAWait) {
  int others = 0;
  const auto spawn_another = [&] { scheduler.spawn([&] { ++others; }); };
  spawn_another();
  EXPECT_TRUE(this_coroutine::yield_unless_waited());
  EXPECT_EQ(others, 1);  // no wait since the coroutine began

  this_coroutine::sleep_until(clock.now() + 1s);
  spawn_another();
  EXPECT_TRUE(this_coroutine::yield_unless_waited());
  EXPECT_EQ(others, 1);
  EXPECT_TRUE(this_coroutine::yield_unless_waited());
  EXPECT_EQ(others, 2);  // one wait replaces one yield

  this_coroutine::sleep_until(clock.now() + 1s);
  this_coroutine::yield();
  spawn_another();
  EXPECT_TRUE(this_coroutine::yield_unless_waited());
  EXPECT_EQ(others, 3);
}

TEST_F(SchedulerTest, RunsMoreThanTheQueuesCapacityInTheOrderOfSpawning) {
  std::vector<int> ran;
  for (int i = 0; i < 1'000; ++i) {
    scheduler.spawn([&ran, i] {
      this_coroutine::yield();
      ran.push_back(i);
    });
  }
  scheduler.run_until_idle();
  ASSERT_EQ(ran.size(), 1'000U);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST_F(SchedulerTest, WakesSleepersInTheOrderOfTheirDeadlines) {
  std::mt19937_64 random{4};
  std::vector<Duration> woken;
  for (int i = 0; i < 1'000; ++i) {
    const auto wait = std::chrono::milliseconds{random() % 100'000};
    scheduler.spawn([this, wait, &woken] {
      this_coroutine::sleep_until(begin + wait);
      EXPECT_EQ(elapsed(), wait);
      woken.emplace_back(wait);
    });
  }
  scheduler.run_until_idle();
  EXPECT_EQ(woken.size(), 1'000U);
  EXPECT_TRUE(std::is_sorted(woken.begin(), woken.end()));
}

TEST_F(SchedulerTest, WakesSleepersWithTheSameDeadlineInTheOrderOfTheirSleeps) {
  std::string expected;
  for (char name = 'a'; name <= 'z'; ++name) {
    scheduler.spawn([this, name] {
      this_coroutine::sleep_until(begin + 1s);
      order += name;
    });
    expected += name;
  }
  scheduler.run_until_idle();
  EXPECT_EQ(order, expected);
}

TEST_F(SchedulerTest, DoesNotStartABodyInsideSpawn) {
  scheduler.spawn([this] {
    scheduler.spawn([this] { order += 'b'; });
    order += 'a';
  });
  scheduler.run_until_idle();
  EXPECT_EQ(order, "ab");
}

TEST_F(SchedulerTest, ReturnsTheRunningSchedulerAndCoroutine) {
  EXPECT_EQ(Scheduler::current(), nullptr);
  EXPECT_EQ(scheduler.running(), nullptr);
  Coroutine* spawned = &scheduler.spawn([&] {
    EXPECT_TRUE(Scheduler::current() == &scheduler);
    EXPECT_EQ(scheduler.running(), spawned);
  });
  scheduler.post([this] {
    EXPECT_TRUE(Scheduler::current() == &scheduler);
    EXPECT_EQ(scheduler.running(), nullptr);
  });
  scheduler.run_until_idle();
  EXPECT_EQ(Scheduler::current(), nullptr);
}

TEST_F(SchedulerTest, SuspendsUntilResumed) {
  Coroutine& waiting = scheduler.spawn([this] {
    EXPECT_TRUE(this_coroutine::suspend());
    EXPECT_EQ(elapsed(), 5s);
    order += 'w';
  });
  scheduler.spawn([&] {
    this_coroutine::sleep_until(begin + 5s);
    EXPECT_EQ(order, "");
    waiting.resume();
  });
  scheduler.run_until_idle();
  EXPECT_EQ(order, "w");
}

TEST_F(SchedulerTest, RemembersOneResume) {
  Coroutine& waiting = scheduler.spawn([this] {
    this_coroutine::sleep_until(begin + 2s);
    EXPECT_EQ(elapsed(), 2s);  // a resume does not end a sleep
    EXPECT_TRUE(this_coroutine::suspend());
    EXPECT_EQ(elapsed(), 2s);
    EXPECT_TRUE(this_coroutine::suspend());
    EXPECT_EQ(elapsed(), 3s);
  });
  scheduler.spawn([&] {
    this_coroutine::sleep_until(begin + 1s);
    waiting.resume();
    waiting.resume();
    this_coroutine::sleep_until(begin + 3s);
    waiting.resume();
  });
  scheduler.run_until_idle();
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(SchedulerTest, ReadyCoroutinesDoNotStarveTimersMessagesAndHooks) {
  bool end = false;
  bool timer_fired = false;
  bool message_ran = false;
  int hooks = 0;
  for (int i = 0; i < 600; ++i) {  // more than one turn can run
    scheduler.spawn([&] {
      while (!end) {
        clock.advance(1us);
        this_coroutine::yield();
      }
    });
  }
  scheduler.spawn([&] {
    this_coroutine::sleep_until(begin + 10ms);
    timer_fired = true;
    scheduler.post([&] {
      message_ran = true;
      end = true;
    });
  });
  scheduler.add_turn_hook([&] { ++hooks; });
  scheduler.run_until_idle();
  EXPECT_TRUE(timer_fired);
  EXPECT_TRUE(message_ran);
  EXPECT_GT(hooks, 3);
  EXPECT_LT(elapsed(), 20ms);
}

TEST_F(SchedulerTest, ManyTimersOfOneTickNeedFewStacksAtOnce) {
  struct Count {
    Scheduler& scheduler;
    std::size_t most = 0;
    int finished = 0;
  } count{scheduler};
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 10'000; ++i) {
    timers.push_back(std::make_unique<Timer>(
        scheduler,
        [](void* context) {
          auto* counted = static_cast<Count*>(context);
          counted->scheduler.spawn([counted] { ++counted->finished; });
          counted->most = std::max(counted->most, counted->scheduler.alive());
        },
        &count));
    timers.back()->arm(begin + 1s);
  }
  scheduler.run_until_idle();
  EXPECT_EQ(count.finished, 10'000);
  EXPECT_LE(count.most, 1'000U);
}

TEST_F(SchedulerTest, CallsHooksAfterReadyCoroutinesAndBeforeWaiting) {
  scheduler.add_turn_hook([this] { order += 'h'; });
  scheduler.spawn([this] {
    order += '1';
    this_coroutine::sleep_until(begin + 1s);
    order += '2';
  });
  scheduler.run_until_idle();
  EXPECT_EQ(order.find("1h"), 0U);
  EXPECT_NE(order.find("h2h"), std::string::npos);
}

TEST_F(SchedulerTest, RunsCoroutinesThatAHookMakesReady) {
  Coroutine& waiting = scheduler.spawn([this] {
    this_coroutine::suspend();
    order += 'r';
  });
  bool once = true;
  scheduler.add_turn_hook([&] {
    if (once) {
      once = false;
      waiting.resume();
    }
  });
  scheduler.run_until_idle();
  EXPECT_EQ(order, "r");
}

TEST_F(SchedulerTest, AHookMayRequestAnotherTurnBeforeTheLoopWaits) {
  std::vector<Duration> turns;
  scheduler.add_turn_hook([&] {
    turns.push_back(elapsed());
    if (turns.size() < 3) {
      scheduler.request_turn();
    }
  });
  Timer later(
      scheduler, [](void*) {}, nullptr);
  later.arm(begin + 1s);
  scheduler.run_until_idle();
  ASSERT_GE(turns.size(), 4U);
  EXPECT_EQ(turns[2], 0s);
  EXPECT_GT(turns[3], 0s);
}

TEST_F(SchedulerTest, NamesACoroutineThatBlocksTheThread) {
  std::vector<std::pair<std::string, Duration>> slow;
  Scheduler slow_scheduler{clock, {.slow = 100ms, .on_slow = [&](Label label, Duration duration) {
                                     slow.emplace_back(label.task, duration);
                                   }}};
  slow_scheduler.spawn([&] { clock.advance(100ms); }, {"User", "just"});
  slow_scheduler.spawn([&] { clock.advance(101ms); }, {"User", "slow"});
  slow_scheduler.spawn(
      [&] {
        this_coroutine::sleep_until(clock.now() + 1s);
        slow_scheduler.running()->set_label({"User", "later"});
        clock.advance(3s);
        this_coroutine::yield();
      },
      {"User", "first"});
  slow_scheduler.run_until_idle();
  EXPECT_EQ(slow, (std::vector<std::pair<std::string, Duration>>{{"slow", 101ms}, {"later", 3s}}));
}

TEST_F(SchedulerTest, NamesOtherCodeThatBlocksTheThread) {
  std::vector<std::string> slow;
  Scheduler slow_scheduler{clock, {.slow = 100ms, .on_slow = [&](Label label, Duration) {
                                     slow.emplace_back(label.task);
                                   }}};
  slow_scheduler.report_if_slow({"User", "just"}, 100ms);
  slow_scheduler.report_if_slow({"User", "on_message"}, 101ms);
  EXPECT_EQ(slow, std::vector<std::string>{"on_message"});
}

TEST_F(SchedulerTest, KeepsTheTimeOfTheTurn) {
  scheduler.spawn([&] {
    const TimePoint resumed = scheduler.turn_time();
    EXPECT_EQ(resumed, clock.now());
    clock.advance(5ms);
    EXPECT_EQ(scheduler.turn_time(), resumed);
    this_coroutine::yield();
    EXPECT_EQ(scheduler.turn_time(), resumed + 5ms);
  });
  scheduler.run_until_idle();
}

TEST_F(SchedulerTest, RunsFunctionsPostedBeforeStop) {
  scheduler.post([this] { order += 'p'; });
  scheduler.stop();
  scheduler.run();  // returns
  EXPECT_EQ(order, "p");
  scheduler.post([this] {
    order += 'q';
    scheduler.stop();
  });
  scheduler.run();  // the first stop has no effect on a second run
  EXPECT_EQ(order, "pq");
}

TEST_F(SchedulerTest, RunsAFunctionOnTheLoopStack) {
  scheduler.spawn([this] {
    const Coroutine* self = scheduler.running();
    this_coroutine::run_on_loop_stack([&] {
      EXPECT_EQ(scheduler.running(), nullptr);
      std::array<volatile char, 512 * kKiB> much;  // eight times a user's stack
      much.front() = 'f';
      order += much.front();
    });
    EXPECT_EQ(scheduler.running(), self);
    order += 'r';
  });
  scheduler.spawn([this] { order += 'n'; });
  scheduler.run_until_idle();
  EXPECT_EQ(order, "frn");
}

COROUTINE_TEST(Scheduler, PassesExceptionsFromTheLoopStackOn) {
  EXPECT_THROW(this_coroutine::run_on_loop_stack([] { throw std::out_of_range{"far"}; }),
               std::out_of_range);
  bool works_again = false;
  this_coroutine::run_on_loop_stack([&] { works_again = true; });
  EXPECT_TRUE(works_again);
}

COROUTINE_TEST(Scheduler, KeepsCaughtExceptionsPerCoroutine) {
  std::string caught;
  for (const char name : {'a', 'b', 'c'}) {
    scheduler.spawn([&caught, name] {
      try {
        try {
          throw std::runtime_error{std::string(1, name)};
        } catch (...) {
          this_coroutine::yield();
          throw;
        }
      } catch (const std::runtime_error& error) {
        caught += error.what();
      }
    });
  }
  while (caught.size() < 3) {
    this_coroutine::yield();
  }
  EXPECT_EQ(caught, "abc");
}

TEST_F(SchedulerTest, DropsSuspendedCoroutinesWhenDestroyed) {
  bool touched = false;
  struct Touches {
    bool& flag;
    ~Touches() { flag = true; }
  };
  {
    Scheduler dropped{clock, {}};
    dropped.spawn([&] {
      const Touches touches{touched};
      try {
        this_coroutine::suspend();
      } catch (...) {
        touched = true;
      }
    });
    dropped.run_until_idle();
    EXPECT_EQ(dropped.alive(), 1U);
  }
  EXPECT_FALSE(touched);
}

TEST_F(SchedulerTest, DestroysBodiesThatNeverBegan) {
  const auto token = std::make_shared<int>();
  {
    Scheduler dropped{clock, {}};
    dropped.spawn([token] {});
    dropped.post([token] {});
    EXPECT_EQ(token.use_count(), 3);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(SchedulerTest, DestroysABodyWhenItHasReturned) {
  auto token = std::make_shared<int>();
  scheduler.spawn([token] { this_coroutine::yield(); });
  scheduler.run_until_idle();
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(SchedulerTest, ARealClockWaitsInTheKernelForMessages) {
  RealClock real;
  Scheduler waiting{real, {}};
  waiting.spawn([&] {
    this_coroutine::sleep_until(real.now() + 1ms);
    waiting.stop();
  });
  waiting.run();
  EXPECT_EQ(waiting.alive(), 0U);
}

TEST_F(SchedulerTest, AWaitOnTheLoopIsRefusedWithAnAdvice) {
  std::string text;
  scheduler.post([&] {
    try {
      this_coroutine::yield();
    } catch (const std::logic_error& error) {
      text = error.what();
    }
  });
  scheduler.run_until_idle();
  EXPECT_EQ(text,
            "yield() was called outside of a coroutine: in on_message(), or in another function "
            "that runs on the thread's loop. A call that waits can't be used there: set a flag or "
            "an Event and let a task do it. publish() of MQTT: use .wait = false.");
}

using SchedulerDeathTest = SchedulerTest;

TEST_F(SchedulerDeathTest, RefusesToWaitOutsideOfACoroutine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_THROW(this_coroutine::yield(), std::logic_error);
  EXPECT_DEATH(
      {
        scheduler.post([] { this_coroutine::suspend(); });
        scheduler.run_until_idle();
      },
      "suspend\\(\\) was called outside of a coroutine");
}

TEST_F(SchedulerDeathTest, EndsTheProcessWhenAPostedFunctionThrows) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        scheduler.post([] { throw std::runtime_error{"posted and thrown"}; });
        scheduler.run_until_idle();
      },
      "posted and thrown");
}

}  // namespace
}  // namespace cppworker::coro
