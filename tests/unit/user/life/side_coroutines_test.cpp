#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/blocking.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/gather.hpp>
#include <cppworker/spawn.hpp>
#include <cppworker/time.hpp>

#include "unit/user/population_fixture.hpp"
#include "user/life/user_run.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// docs/performance.md: a waiting user takes a chunk of malloc with 120 usable bytes.
static_assert(sizeof(detail::UserRun) <= 120);

/// gather() and spawn() in the lives of users.
class SideCoroutinesTest : public PopulationTest {
 protected:
  // Assertions and sanitizers use far more stack than users do.
  SideCoroutinesTest() : PopulationTest(512 * coro::kKiB) {}

  /// The test's time, in the log.
  static void note(const std::string& what) {
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(detail::clock_now() - began);
    log.push_back(what + " at " + std::to_string(now.count()));
  }
  void SetUp() override { began = clock.now(); }

  static inline coro::TimePoint began;

 public:
  /// Notes how it ends.
  template <class Function>
  static auto noted(std::string what, Function function) {
    return [what, function] {
      try {
        function();
        note(what + " returned");
      } catch (const StopUser&) {
        note(what + " stopped");
        throw;
      }
    };
  }
};
using Side = SideCoroutinesTest;

/// A user whose only task the test gives.
class Actor : public User {
 public:
  static constexpr WaitTime wait_time = constant(10s);
  static inline std::function<void(Actor&)> script;
  static inline std::function<void(Actor&)> starting;
  static inline std::function<void(Actor&)> stopping;

  ~Actor() override { PopulationTest::log.emplace_back("destroyed"); }
  void on_start() override {
    if (starting) starting(*this);
  }
  void on_stop() override {
    Side::noted("on_stop", [this] {
      if (stopping) stopping(*this);
    })();
  }
  void act() { script(*this); }
  static constexpr auto tasks() { return task_list(task<&Actor::act>()); }
};

class ActorTest : public SideCoroutinesTest {
 protected:
  ActorTest() {
    Actor::script = Actor::starting = Actor::stopping = nullptr;
    make_population<Actor>();
  }
  void start(std::function<void(Actor&)> act) {
    Actor::script = std::move(act);
    set_targets({{"Actor", 1}});
  }
  [[nodiscard]] std::int64_t users() const { return population->counts().at("Actor"); }
};

TEST_F(ActorTest, AKillStopsAllFunctionsOfGatherBeforeOnStop) {
  start([](Actor&) {
    Side::noted("task", [] {
      gather(Side::noted("f", [] { sleep_for(100s); }), Side::noted("g", [] { sleep_for(2s); }),
             Side::noted("h", [] { sleep_for(200s); }));
    })();
  });
  run_for(5s);
  EXPECT_EQ(users(), 1) << "a user with several coroutines is one user";
  stop_all();
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("g returned at 2000", "f stopped at 5000", "h stopped at 5000",
                               "task stopped at 5000", "on_stop returned at 5000", "destroyed"));
  EXPECT_EQ(settled_at.size(), 2U);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(ActorTest, WithAStopTimeoutTheTaskMayGatherToTheEnd) {
  start([](Actor&) {
    gather(Side::noted("f", [] { sleep_for(3s); }), Side::noted("g", [] { sleep_for(4s); }));
  });
  run_for(1s);
  stop_all(10s);
  run_for(20s);
  EXPECT_THAT(log, ElementsAre("f returned at 3000", "g returned at 4000",
                               "on_stop returned at 4000", "destroyed"));
}

TEST_F(ActorTest, AfterTheStopTimeoutItIsKilled) {
  start([](Actor&) {
    gather(Side::noted("f", [] { sleep_for(3s); }), Side::noted("g", [] { sleep_for(40s); }));
  });
  run_for(1s);
  stop_all(10s);
  run_for(20s);
  EXPECT_THAT(log, ElementsAre("f returned at 3000", "g stopped at 11000",
                               "on_stop returned at 11000", "destroyed"));
}

TEST_F(ActorTest, AStopEndsTheWaitOfOneFunctionAndTheOthersEndTheirWork) {
  start([](Actor& user) {
    Side::noted("task", [&] {
      gather(Side::noted("waiting", [&] { user.wait(); }),
             Side::noted("working", [] { sleep_for(3s); }));
    })();
  });
  run_for(1s);
  stop_all(10s);
  run_for(20s);
  EXPECT_THAT(log, ElementsAre("waiting stopped at 1000", "working returned at 3000",
                               "task stopped at 3000", "on_stop returned at 3000", "destroyed"));
}

TEST_F(ActorTest, AWaitInAFunctionDoesNotMakeTheUserAWaitingOne) {
  start([](Actor& user) {
    gather(Side::noted("waiting", [&] { user.wait(); }),
           Side::noted("late", [&] { sleep_for(2s), user.wait(); }),
           Side::noted("working", [] { sleep_for(3s); }));
  });
  run_for(11s);
  EXPECT_THAT(log, ElementsAre("working returned at 3000", "waiting returned at 10000"));
  stop_all();  // the task has begun again
  run_for(1s);
}

TEST_F(ActorTest, GatherInOnStartAndOnStop) {
  Actor::starting = [](Actor&) { gather(Side::noted("start", [] { sleep_for(1s); })); };
  Actor::stopping = [](Actor&) {
    gather(Side::noted("f", [] { sleep_for(1s); }), Side::noted("g", [] { sleep_for(2s); }));
  };
  start([](Actor&) {});
  run_for(5s);
  stop_all();
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("start returned at 1000", "f returned at 6000", "g returned at 7000",
                               "on_stop returned at 7000", "destroyed"));
}

TEST_F(ActorTest, AnExceptionOfAFunctionIsOneOfTheTask) {
  start([](Actor&) { gather([] { throw std::runtime_error("no such item"); }, [] {}); });
  run_for(1s);
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].first, "std::runtime_error: no such item");
  EXPECT_EQ(user_errors[0].second, "  in Actor.act\n    std::runtime_error\n");
  EXPECT_EQ(users(), 1);
}

TEST_F(ActorTest, StopUserOfAFunctionEndsTheUserWhenAllHaveEnded) {
  start([](Actor&) { gather([] { throw StopUser{}; }, [] { sleep_for(1s); }); });
  run_for(2s);
  EXPECT_THAT(log, ElementsAre("on_stop returned at 1000", "destroyed"));
  EXPECT_EQ(users(), 0);
}

TEST_F(ActorTest, GatherInARequestListener) {
  environment.events.request.add_listener(
      [](const RequestEvent&) { gather(Side::noted("listener", [] { sleep_for(1s); })); });
  start([](Actor& user) {
    user.environment().events.request.fire(
        {.request_type = "X", .name = "y", .response_time = 3ms});
    Side::note("fired");
  });
  run_for(2s);
  EXPECT_THAT(log, ElementsAre("listener returned at 1000", "fired at 1000"));
}

/// The stack of the parked function refers to the user and to the task's stack.
TEST_F(ActorTest, AUserWithAFunctionThatNeverStopsIsAbandoned) {
  start([](Actor&) {
    gather(
        [] {
          for (;;) {
            try {
              sleep_for(1s);
            } catch (...) {
            }
          }
        },
        Side::noted("g", [] { sleep_for(100s); }));
  });
  run_for(2500ms);
  stop_all();
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("g stopped at 2500"));
  EXPECT_EQ(users(), 0);
  EXPECT_EQ(settled_at.size(), 2U);
  EXPECT_EQ(scheduler.alive(), scheduler.parked());
}

// --- spawn() ---

TEST_F(ActorTest, ABackgroundFunctionGoesOnBetweenTasks) {
  Actor::starting = [](Actor&) {
    spawn([] {
      while (true) {
        Side::note("beat");
        sleep_for(4s);
      }
    });
    Side::note("spawned");
  };
  start([](Actor&) { Side::note("task"); });
  run_for(11s);
  EXPECT_THAT(log, ElementsAre("spawned at 0", "task at 0", "beat at 0", "beat at 4000",
                               "beat at 8000", "task at 10000"));
}

TEST_F(ActorTest, ABackgroundFunctionIsStoppedBeforeOnStopOfAWaitingUser) {
  start([](Actor&) { spawn(Side::noted("background", [] { sleep_for(100s); })); });
  run_for(5s);
  stop_all(60s);
  run_for(1s);
  EXPECT_THAT(log,
              ElementsAre("background stopped at 5000", "on_stop returned at 5000", "destroyed"));
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(ActorTest, ABackgroundFunctionIsStoppedBeforeOnStopOfARunningUser) {
  start([](Actor&) {
    spawn(Side::noted("background", [] { sleep_for(100s); }));
    sleep_for(7s);
    Side::note("task ends");
  });
  run_for(5s);
  stop_all(60s);
  run_for(10s);
  EXPECT_THAT(log, ElementsAre("task ends at 7000", "background stopped at 7000",
                               "on_stop returned at 7000", "destroyed"));
}

TEST_F(ActorTest, OnStopWaitsForTheCleaningUpOfABackgroundFunction) {
  start([](Actor&) {
    spawn([] {
      struct CleanUp {
        ~CleanUp() {
          run_blocking([] {});  // can't be stopped
          Side::note("cleaned up");
        }
      } const clean_up;
      sleep_for(100s);
    });
  });
  run_for(5s);
  stop_all();
  while (settled_at.size() < 2) {  // a thread runs the blocking function
    run_for(1ms);
  }
  EXPECT_THAT(log,
              ElementsAre(HasSubstr("cleaned up"), HasSubstr("on_stop returned"), "destroyed"));
}

class Plain : public User {
 public:
  static constexpr WaitTime wait_time = constant(10s);
  int member = 5;
  void work() {
    spawn([this] {
      struct Last {
        Plain& user;
        ~Last() { PopulationTest::log.push_back(std::to_string(user.member)); }
      } const last{*this};
      sleep_for(100s);
    });
  }
  ~Plain() override { member = 0; }
  static constexpr auto tasks() { return task_list(task<&Plain::work>()); }
};

TEST_F(SideCoroutinesTest, AUserWithoutOnStopOutlivesItsBackgroundFunctions) {
  make_population<Plain>();
  set_targets({{"Plain", 3}});
  run_for(15s);
  set_targets({{"Plain", 1}});
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("5", "5", "5", "5"));
  EXPECT_EQ(population->counts().at("Plain"), 1);
  stop_all();
  run_for(1s);
  EXPECT_EQ(log.size(), 6U);
  EXPECT_EQ(scheduler.alive(), 0U);
}

TEST_F(ActorTest, AFunctionThatOnStopSpawnsIsStoppedAfterIt) {
  Actor::stopping = [](Actor&) {
    spawn(Side::noted("background", [] { sleep_for(100s); }));
    sleep_for(1s);
  };
  start([](Actor&) {});
  run_for(5s);
  stop_all();
  run_for(5s);
  EXPECT_THAT(log,
              ElementsAre("on_stop returned at 6000", "background stopped at 6000", "destroyed"));
}

TEST_F(ActorTest, AUserWhoseOnStartThrowsStopsItsBackgroundFunctionsFirst) {
  Actor::starting = [](Actor&) {
    spawn(Side::noted("background", [] { sleep_for(100s); }));
    sleep_for(1s);
    throw std::runtime_error("no login");
  };
  start([](Actor&) {});
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("background stopped at 1000", "destroyed"));
  EXPECT_EQ(user_errors.size(), 1U);
}

TEST_F(ActorTest, AnExceptionOfABackgroundFunctionIsReportedAndTheUserGoesOn) {
  int events = 0;
  environment.events.user_error.add_listener([&](const UserErrorEvent& event) {
    ++events;
    EXPECT_EQ(event.exception, "std::runtime_error: lost");
    EXPECT_NE(dynamic_cast<Actor*>(&event.user_instance), nullptr);
  });
  std::optional<Background> handle;
  start([&](Actor&) {
    Side::note("task");
    handle = spawn([] { sleep_for(1s), throw std::runtime_error("lost"); });
    EXPECT_TRUE(handle->join()) << "it does not throw what was reported already";
  });
  run_for(12s);
  EXPECT_THAT(log, ElementsAre("task at 0", "task at 11000"));
  EXPECT_EQ(events, 2);
  ASSERT_EQ(user_errors.size(), 2U);
  EXPECT_EQ(user_errors[0].second, "  in Actor.act.spawn()\n    std::runtime_error\n");
}

TEST_F(ActorTest, RescheduleTaskHasNoMeaningInABackgroundFunction) {
  start([](Actor&) { spawn([] { throw RescheduleTask{}; }); });
  run_for(1s);
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].first, "an exception of type RescheduleTask");
  EXPECT_EQ(users(), 1);
}

TEST_F(ActorTest, StopUserOfABackgroundFunctionEndsAWaitingUser) {
  start([](Actor&) { spawn([] { sleep_for(1s), throw StopUser{}; }); });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("on_stop returned at 1000", "destroyed"));
  EXPECT_EQ(users(), 0);
  EXPECT_EQ(changes, 1);
}

TEST_F(ActorTest, StopUserOfABackgroundFunctionEndsARunningUser) {
  start([](Actor&) {
    spawn([] { sleep_for(1s), throw StopTest{}; });
    Side::noted("task", [] { sleep_for(100s); })();
  });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("task stopped at 1000", "on_stop returned at 1000", "destroyed"));
  EXPECT_EQ(users(), 0);
}

TEST_F(ActorTest, StopUserOfABackgroundFunctionEndsAUserThatDoesNotWaitAnyMore) {
  start([](Actor&) {
    spawn([] { throw StopUser{}; });
    coro::this_coroutine::suspend_despite_stop();
    Side::note("task ends");
  });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("task ends at 0", "on_stop returned at 0", "destroyed"));
}

TEST_F(ActorTest, AStopWhileTheUserEndsByItself) {
  start([](Actor&) { spawn([] { throw StopUser{}; }); });
  Actor::stopping = [](Actor&) { sleep_for(3s); };
  run_for(1s);
  EXPECT_EQ(users(), 1);
  stop_all(10s);
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("on_stop returned at 3000", "destroyed"));
  EXPECT_EQ(settled_at.size(), 2U);
}

TEST_F(ActorTest, TheHandleStopsAndJoins) {
  start([](Actor&) {
    Background handle = spawn(Side::noted("background", [] { sleep_for(100s); }));
    EXPECT_FALSE(handle.join(2s));
    EXPECT_FALSE(handle.join(0s));
    EXPECT_FALSE(handle.ended());
    handle.stop();
    Side::note("joined");
    EXPECT_TRUE(handle.ended());
    EXPECT_TRUE(handle.join());
    handle.stop();
  });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("background stopped at 2000", "joined at 2000"));
  EXPECT_EQ(users(), 1);
  EXPECT_TRUE(user_errors.empty());
}

TEST_F(ActorTest, AFunctionThatIsStoppedBeforeItStartsRunsNoCode) {
  start([](Actor&) {
    spawn([] { Side::note("ran"); }).stop();
    Side::note("task");
  });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("task at 0"));
  EXPECT_EQ(users(), 1);
}

TEST_F(ActorTest, AFunctionStopsButDoesNotJoinItself) {
  std::optional<Background> handle;
  start([&](Actor&) {
    handle = spawn([&] {
      EXPECT_THROW(handle->join(), std::logic_error);
      Side::noted("background", [&] { handle->stop(); })();
    });
    EXPECT_TRUE(handle->join());
    handle.reset();
  });
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("background stopped at 0"));
  EXPECT_EQ(users(), 1);
}

TEST_F(ActorTest, SpawnInSpawnAndInGather) {
  start([](Actor&) {
    spawn([] {
      spawn(Side::noted("inner", [] { sleep_for(100s); }));
      gather(Side::noted("f", [] {
        spawn(Side::noted("innermost", [] { sleep_for(100s); }));
        sleep_for(1s);
      }));
    });
  });
  run_for(5s);
  stop_all();
  run_for(1s);
  EXPECT_THAT(
      log, ElementsAre("f returned at 1000", "inner stopped at 5000", "innermost stopped at 5000",
                       "on_stop returned at 5000", "destroyed"));
}

TEST_F(ActorTest, AStopEndsTheWaitOfABackgroundFunction) {
  start([](Actor& user) {
    spawn(Side::noted("background", [&user] { user.wait(); }));
    sleep_for(7s);
    Side::note("task ends");
  });
  run_for(5s);
  stop_all(60s);
  run_for(5s);
  EXPECT_THAT(log, ElementsAre("background stopped at 5000", "task ends at 7000",
                               "on_stop returned at 7000", "destroyed"));
}

TEST_F(ActorTest, AUserWithABackgroundFunctionThatNeverStopsIsAbandoned) {
  start([](Actor&) {
    spawn([] {
      for (;;) {
        try {
          sleep_for(1s);
        } catch (...) {
        }
      }
    });
    spawn(Side::noted("other", [] { sleep_for(100s); }));
  });
  run_for(2500ms);
  stop_all();
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("other stopped at 2500"));
  EXPECT_EQ(users(), 0);
  EXPECT_EQ(settled_at.size(), 2U);
  EXPECT_EQ(scheduler.alive(), scheduler.parked());
}

TEST_F(ActorTest, AnAbandonedUsersBackgroundFunctionsAreStopped) {
  start([](Actor&) {
    spawn(Side::noted("background", [] { sleep_for(100s); }));
    for (;;) {
      try {
        sleep_for(1s);
      } catch (...) {
      }
    }
  });
  run_for(2500ms);
  stop_all();
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("background stopped at 2500"));
  EXPECT_EQ(scheduler.alive(), scheduler.parked());
}

class Constructing : public User {
 public:
  Constructing() {
    gather(Side::noted("constructor", [] { sleep_for(1s); }));
    spawn([] {});
  }
  void never() {}
  static constexpr auto tasks() { return task_list(task<&Constructing::never>()); }
};

TEST_F(SideCoroutinesTest, AConstructorCanGatherButNotSpawn) {
  make_population<Constructing>();
  set_targets({{"Constructing", 1}});
  run_for(2s);
  EXPECT_THAT(log, ElementsAre("constructor returned at 1000"));
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_THAT(user_errors[0].first, HasSubstr("spawn() can't be called in a constructor"));
}

}  // namespace
}  // namespace cppworker
