#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "support/coroutine_test.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

class StopTest : public testing::Test {
 protected:
  /// Starts `body` and requests its stop one second later.
  void run_and_stop(std::function<void()> body) {
    subject_body = std::move(body);
    subject = &scheduler.spawn(
        [this] {
          subject_body();
          returned = true;
        },
        {"ShopUser", "browse"});
    scheduler.spawn([this] {
      this_coroutine::sleep_until(begin + 1s);
      subject->request_stop();
    });
    scheduler.run_until_idle();
  }
  [[nodiscard]] Duration elapsed() { return clock.now() - begin; }

  Scheduler::Options options() {
    return {.on_parked = [this](const Coroutine& coroutine) {
      EXPECT_EQ(&coroutine, subject);
      const Label label = coroutine.label();
      parked.push_back(std::string{label.user_class} + "." + std::string{label.task});
    }};
  }

  VirtualClock clock;
  const TimePoint begin = clock.now();
  std::vector<std::string> parked;
  Scheduler scheduler{clock, options()};
  Coroutine* subject = nullptr;
  std::function<void()> subject_body;
  bool returned = false;
};

TEST_F(StopTest, EndsEveryKindOfWait) {
  const std::vector<std::function<void()>> waits{
      [] { this_coroutine::suspend(); },
      [this] { this_coroutine::sleep_until(begin + 1h); },
      [] { this_coroutine::sleep_until(TimePoint::max()); },
      [this] {
        for (;;) {
          clock.advance(1ms);
          this_coroutine::yield();
        }
      },
  };
  for (const auto& wait : waits) {
    bool stopped = false;
    const TimePoint from = clock.now();
    Coroutine& coroutine = scheduler.spawn([&] {
      try {
        wait();
      } catch (const StopUser&) {
        stopped = true;
        throw;
      }
    });
    scheduler.spawn([&] {
      this_coroutine::sleep_until(from + 1s);
      coroutine.request_stop();
    });
    scheduler.run_until_idle();
    EXPECT_TRUE(stopped);
    EXPECT_LT(clock.now(), from + 2s);
    EXPECT_EQ(scheduler.alive(), 0U);
  }
}

TEST_F(StopTest, ThrowsAtTheNextWaitOfARunningCoroutine) {
  bool reached = false;
  Coroutine& coroutine = scheduler.spawn([&] {
    scheduler.running()->request_stop();
    reached = true;
    this_coroutine::yield();
    FAIL();
  });
  scheduler.run_until_idle();
  EXPECT_TRUE(reached);
  static_cast<void>(coroutine);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, ABodyThatHasNotBegunStillBegins) {
  bool began = false;
  Coroutine& coroutine = scheduler.spawn([&] {
    began = true;
    this_coroutine::suspend();
    FAIL();
  });
  coroutine.request_stop();
  scheduler.run_until_idle();
  EXPECT_TRUE(began);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, IsNotCaughtAsAStdException) {
  run_and_stop([] {
    try {
      this_coroutine::suspend();
    } catch (const std::exception&) {
      FAIL();
    }
  });
  EXPECT_FALSE(returned);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, ThrowsAgainUntilItIsCleared) {
  run_and_stop([this] {
    for (int i = 0; i < 3; ++i) {
      EXPECT_THROW(this_coroutine::suspend(), StopUser);
      EXPECT_EQ(elapsed(), 1s);
    }
  });
  EXPECT_TRUE(returned);
}

TEST_F(StopTest, MayWaitAgainOnceItIsCleared) {
  run_and_stop([this] {
    try {
      this_coroutine::suspend();
    } catch (const StopUser&) {
      EXPECT_TRUE(scheduler.running()->stop_requested());
      scheduler.running()->clear_stop();
      EXPECT_TRUE(this_coroutine::sleep_until(begin + 5s));  // even in the handler
      EXPECT_EQ(elapsed(), 5s);
    }
  });
  EXPECT_TRUE(returned);
}

TEST_F(StopTest, MayBeRequestedASecondTime) {
  run_and_stop([this] {
    EXPECT_THROW(this_coroutine::suspend(), StopUser);
    scheduler.running()->clear_stop();
    scheduler.spawn([this] { subject->request_stop(); });
    EXPECT_THROW(this_coroutine::suspend(), StopUser);
  });
  EXPECT_TRUE(returned);
}

TEST_F(StopTest, LeavesNoTimerBehind) {
  run_and_stop([this] {
    EXPECT_THROW(this_coroutine::sleep_until(begin + 10s), StopUser);
    scheduler.running()->clear_stop();
    this_coroutine::sleep_until(begin + 1h);
    EXPECT_EQ(elapsed(), 1h);
  });
  EXPECT_TRUE(returned);
}

/// Waits in its destructor, like a session that logs out.
struct WaitsWhenDestroyed {
  std::function<bool()> wait;
  bool& result;
  ~WaitsWhenDestroyed() { result = wait(); }
};

TEST_F(StopTest, WaitsFailWhileTheStopUnwinds) {
  bool waited = true;
  run_and_stop([&] {
    const WaitsWhenDestroyed session{[this] { return this_coroutine::sleep_until(begin + 5s); },
                                     waited};
    this_coroutine::suspend();
  });
  EXPECT_FALSE(waited);
  EXPECT_EQ(elapsed(), 1s);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, EveryKindOfWaitFailsWhileTheStopUnwinds) {
  std::vector<bool> results(3, true);
  auto fd_result = this_coroutine::FdResult::kReady;
  struct WaitsInAllWays {
    std::vector<bool>& results;
    this_coroutine::FdResult& fd_result;
    ~WaitsInAllWays() {
      results[0] = this_coroutine::suspend();
      results[1] = this_coroutine::yield();
      results[2] = this_coroutine::sleep_until(TimePoint::max());
      fd_result = this_coroutine::wait_readable(0, TimePoint::max());
    }
  };
  run_and_stop([&] {
    const WaitsInAllWays waits{results, fd_result};
    this_coroutine::suspend();
  });
  EXPECT_EQ(results, std::vector<bool>(3, false));
  EXPECT_EQ(fd_result, this_coroutine::FdResult::kStopped);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, MayWaitWhileAnotherExceptionUnwinds) {
  bool waited = false;
  scheduler.spawn([&] {
    try {
      const WaitsWhenDestroyed session{[this] { return this_coroutine::sleep_until(begin + 5s); },
                                       waited};
      throw std::runtime_error{"task failed"};
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "task failed");
    }
  });
  scheduler.run_until_idle();
  EXPECT_TRUE(waited);
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(StopTest, EndsAWaitInADestructorWhileAnotherExceptionUnwinds) {
  bool waited = true;
  run_and_stop([&] {
    try {
      const WaitsWhenDestroyed session{[this] { return this_coroutine::sleep_until(begin + 5s); },
                                       waited};
      throw std::runtime_error{"task failed"};
    } catch (const std::runtime_error&) {
      EXPECT_EQ(elapsed(), 1s);
    }
    EXPECT_THROW(this_coroutine::yield(), StopUser);
  });
  EXPECT_FALSE(waited);
  EXPECT_TRUE(returned);
}

TEST_F(StopTest, ParksInsteadOfTerminatingWhenADestructorWaitsOutsideOfUnwinding) {
  bool waited = false;
  run_and_stop([&] {
    const WaitsWhenDestroyed session{[this] { return this_coroutine::sleep_until(begin + 5s); },
                                     waited};
  });  // its destructor must not throw, so StopUser cannot leave it
  EXPECT_EQ(parked, std::vector<std::string>{"ShopUser.browse"});
  EXPECT_EQ(scheduler.parked(), 1U);
  bool others_run = false;
  scheduler.spawn([&] {
    try {
      throw std::runtime_error{"as usual"};
    } catch (const std::runtime_error&) {
      others_run = true;
    }
  });
  scheduler.run_until_idle();
  EXPECT_TRUE(others_run);
}

TEST_F(StopTest, ParksABodyThatSwallowsItInALoop) {
  int swallowed = 0;
  run_and_stop([&] {
    for (;;) {
      try {
        this_coroutine::sleep_until(clock.now() + 10ms);
      } catch (...) {
        ++swallowed;
      }
    }
  });
  EXPECT_EQ(swallowed, Coroutine::kThrowsMax);
  EXPECT_EQ(parked, std::vector<std::string>{"ShopUser.browse"});
  EXPECT_EQ(scheduler.parked(), 1U);
  EXPECT_EQ(scheduler.alive(), 1U);
  EXPECT_EQ(elapsed(), 1s);
  subject->resume();
  subject->request_stop();
  scheduler.run_until_idle();
  EXPECT_EQ(swallowed, Coroutine::kThrowsMax);
}

TEST_F(StopTest, ParksADestructorThatWaitsInAnEndlessLoop) {
  int failures = 0;
  struct WaitsForEver {
    int& failures;
    ~WaitsForEver() {
      while (!this_coroutine::suspend()) {
        ++failures;
      }
    }
  };
  run_and_stop([&] {
    const WaitsForEver waits{failures};
    this_coroutine::suspend();
  });
  EXPECT_EQ(failures, Coroutine::kFailuresMax);
  EXPECT_EQ(scheduler.parked(), 1U);
}

TEST_F(StopTest, StartsCountingThrowsAgainAfterItWasCleared) {
  run_and_stop([this] {
    for (int round = 0; round < 3; ++round) {
      scheduler.running()->request_stop();
      for (int i = 0; i < Coroutine::kThrowsMax; ++i) {
        EXPECT_THROW(this_coroutine::yield(), StopUser);
      }
      scheduler.running()->clear_stop();
    }
    this_coroutine::suspend();
  });
  EXPECT_EQ(scheduler.parked(), 0U);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(StopTest, DoesNotReachTheNextBodyOnTheSameStack) {
  run_and_stop([] { this_coroutine::suspend(); });
  bool slept = false;
  Coroutine& next = scheduler.spawn([&] { slept = this_coroutine::yield(); });
  EXPECT_EQ(&next, subject);
  scheduler.run_until_idle();
  EXPECT_TRUE(slept);
}

TEST_F(StopTest, DoesNotDisturbTheLoopStackCall) {
  bool ran = false;
  run_and_stop([&] {
    scheduler.running()->request_stop();
    this_coroutine::run_on_loop_stack([&] { ran = true; });
  });
  EXPECT_TRUE(ran);
  EXPECT_TRUE(returned);
}

}  // namespace
}  // namespace cppworker::coro
