#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

/// Waits a long time between short tasks.
class Idler : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void on_start() override { PopulationTest::log.emplace_back("start"); }
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void task_() { PopulationTest::log.emplace_back("task"); }
  static constexpr auto tasks() { return task_list(task<&Idler::task_>()); }
};

/// Each task takes 10 s.
class Sleeper : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void on_stop() override { PopulationTest::log.emplace_back("stop"); }
  void long_task() {
    sleep_for(10s);
    PopulationTest::log.emplace_back("done");
  }
  static constexpr auto tasks() { return task_list(task<&Sleeper::long_task>()); }
};

/// Ends by itself after one task.
class OneShot : public User {
 public:
  void once() { throw StopUser{}; }
  static constexpr auto tasks() { return task_list(task<&OneShot::once>()); }
};

/// Its on_stop() takes 3 s.
class SlowLeaver : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void on_stop() override {
    sleep_for(3s);
    PopulationTest::log.emplace_back("left");
  }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&SlowLeaver::nothing>()); }
};

/// Cannot be stopped.
class Stubborn : public User {
 public:
  void forever() {
    while (true) {
      try {
        sleep_for(1s);
      } catch (...) {  // a mistake of the author
      }
    }
  }
  static constexpr auto tasks() { return task_list(task<&Stubborn::forever>()); }
};

using Counts = detail::Population::Counts;

TEST_F(PopulationTest, StartsMissingUsersAndReportsThatTheTargetIsReached) {
  make_population<Idler, Sleeper>();
  const auto begin = clock.now();
  set_targets({{"Idler", 3}, {"Sleeper", 2}});
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 3}, {"Sleeper", 2}}));
  EXPECT_EQ(settled_at, std::vector{begin});
  EXPECT_EQ(count_of("start"), 3);
  EXPECT_EQ(count_of("task"), 3);
}

TEST_F(PopulationTest, TargetsAreAbsoluteAndAbsentClassesKeepTheirUsers) {
  make_population<Idler, Sleeper>();
  set_targets({{"Idler", 3}, {"Sleeper", 2}});
  run_for(1s);
  set_targets({{"Idler", 5}});
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 5}, {"Sleeper", 2}}));
}

TEST_F(PopulationTest, WaitingUsersStopAtOnceWithAnyStopTimeout) {
  make_population<Idler>();
  set_targets({{"Idler", 5}});
  run_for(1s);
  const auto before = clock.now();
  set_targets({{"Idler", 2}}, 30s);
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 2}}));
  EXPECT_EQ(count_of("stop"), 3);
  EXPECT_EQ(settled_at.back(), before);
}

TEST_F(PopulationTest, RunningUsersMayFinishTheirTaskWithinTheStopTimeout) {
  make_population<Sleeper>();
  set_targets({{"Sleeper", 1}});
  run_for(4s);
  stop_all(30s);
  const auto asked = clock.now();
  run_for(20s);
  EXPECT_EQ(log, (std::vector<std::string>{"done", "stop"}));
  EXPECT_EQ(settled_at.back(), asked + 6s);
}

TEST_F(PopulationTest, RunningUsersAreKilledWhenTheStopTimeoutIsOver) {
  make_population<Sleeper>();
  set_targets({{"Sleeper", 1}});
  run_for(4s);
  stop_all(2s);
  const auto asked = clock.now();
  run_for(20s);
  EXPECT_EQ(log, (std::vector<std::string>{"stop"}));
  EXPECT_EQ(settled_at.back(), asked + 2s);
}

TEST_F(PopulationTest, WithoutStopTimeoutRunningUsersAreKilledAtOnceAndOnStopRuns) {
  make_population<Sleeper>();
  set_targets({{"Sleeper", 2}});
  run_for(4s);
  stop_all();
  const auto asked = clock.now();
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"stop", "stop"}));
  EXPECT_EQ(settled_at.back(), asked);
}

TEST_F(PopulationTest, OnStopMayTakeAnyTimeWithoutAStopTimeout) {
  make_population<SlowLeaver>();
  set_targets({{"SlowLeaver", 2}});
  run_for(1s);
  stop_all();
  const auto asked = clock.now();
  run_for(10s);
  EXPECT_EQ(count_of("left"), 2);
  EXPECT_EQ(settled_at.back(), asked + 3s);
}

TEST_F(PopulationTest, OnStopIsCutShortWhenTheStopTimeoutIsOver) {
  make_population<SlowLeaver>();
  set_targets({{"SlowLeaver", 1}});
  run_for(1s);
  stop_all(2s);
  const auto asked = clock.now();
  run_for(10s);
  EXPECT_EQ(count_of("left"), 0);
  EXPECT_EQ(settled_at.back(), asked + 2s);
}

TEST_F(PopulationTest, UsersStoppedBeforeTheyBeganRunNothing) {
  make_population<Idler>();
  set_targets({{"Idler", 4}});
  stop_all();
  run_for(1s);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 0}}));
}

TEST_F(PopulationTest, ANewerTargetReplacesUsersThatAreStillStopping) {
  make_population<Sleeper>();
  set_targets({{"Sleeper", 2}});
  run_for(4s);
  set_targets({{"Sleeper", 1}}, 30s);
  run_for(1s);
  EXPECT_TRUE(settled_at.size() == 1);  // the second one waits for the ramped-down user
  set_targets({{"Sleeper", 2}}, 30s);
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Sleeper", 3}}));  // correct: one of them is leaving
  run_for(6s);
  EXPECT_EQ(population->counts(), (Counts{{"Sleeper", 2}}));
  EXPECT_EQ(settled_at.size(), 2U);  // the superseded one is never reported
}

TEST_F(PopulationTest, UsersThatEndByThemselvesAreReportedAndReplacedByTheNextTarget) {
  make_population<OneShot>();
  set_targets({{"OneShot", 3}});
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"OneShot", 0}}));
  EXPECT_EQ(changes, 1);
  set_targets({{"OneShot", 1}});
  EXPECT_EQ(population->counts(), (Counts{{"OneShot", 1}}));
  run_for(1s);
  EXPECT_EQ(changes, 2);
}

TEST_F(PopulationTest, AUserThatSwallowsStopUserIsAbandonedAndCountsAsStopped) {
  make_population<Stubborn>();
  set_targets({{"Stubborn", 1}});
  run_for(1s);
  stop_all();
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Stubborn", 0}}));
  EXPECT_EQ(settled_at.size(), 2U);
}

TEST_F(PopulationTest, StopsThousandsOfWaitingUsersOnABoundedNumberOfStacks) {
  make_population<SlowLeaver>();
  set_targets({{"SlowLeaver", 2500}});
  run_for(1s);
  stop_all();
  const auto asked = clock.now();
  run_for(100s);
  EXPECT_EQ(count_of("left"), 2500);
  EXPECT_EQ(settled_at.back(), asked + 9s);  // three rounds of at most 1,000, 3 s each
}

class Hosted : public User {
 public:
  static constexpr std::string_view host = "http://own";
  static constexpr WaitTime wait_time = constant(1s);
  void say() { PopulationTest::log.emplace_back(base_host()); }
  static constexpr auto tasks() { return task_list(task<&Hosted::say>()); }
};

TEST_F(PopulationTest, HostIsTheMastersOrTheClassesOwn) {
  make_population<Hosted>();
  set_targets({{"Hosted", 1}});
  run_for(500ms);
  shard.host = "http://masters";
  set_targets({{"Hosted", 2}});
  run_for(100ms);
  EXPECT_EQ(log, (std::vector<std::string>{"http://own", "http://masters"}));
}

class Two : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void a() { PopulationTest::log.emplace_back("a" + std::string(base_host())); }
  void b() { PopulationTest::log.emplace_back("b" + std::string(base_host())); }
  static constexpr auto tasks() { return task_list(task<&Two::a>(), task<&Two::b>()); }
};

TEST_F(PopulationTest, UpdateUserClassChangesTasksAndHostFromNowOn) {
  make_population<Two>();
  EXPECT_TRUE(population->update_user_class(Value::Map{{"user_class_name", "Two"},
                                                       {"host", "http://x"},
                                                       {"weight", 5},
                                                       {"tasks", Value::List{"b", "unknown"}}}));
  EXPECT_FALSE(population->update_user_class(Value::Map{{"user_class_name", "Three"}}));
  EXPECT_TRUE(population->update_user_class(Value::Map{{"user_class_name", "Two"}}));
  set_targets({{"Two", 1}});
  run_for(9500ms);
  EXPECT_EQ(count_of("bhttp://x"), 10);
  EXPECT_EQ(log.size(), 10U);
}

class Attributed : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void say() {
    const Value* sku = class_attribute("sku");
    PopulationTest::log.emplace_back(sku == nullptr ? "none" : *sku->as_string());
  }
  static constexpr auto tasks() { return task_list(task<&Attributed::say>()); }
};

TEST_F(PopulationTest, UpdateUserClassSetsAttributesThatRunningUsersSee) {
  make_population<Attributed>();
  set_targets({{"Attributed", 1}});
  run_for(500ms);
  const auto change = [&](const char* sku) {
    population->update_user_class(
        Value::Map{{"user_class_name", "Attributed"}, {"sku", sku}, {"other", 1}});
  };
  change("a");
  run_for(1s);
  change("b");
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"none", "a", "b"}));
}

class Surfer : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void on_start() override { PopulationTest::log.emplace_back(base_host()); }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Surfer::nothing>()); }
};

TEST_F(PopulationTest, DoesNotStartAnHttpUserWithoutAHost) {
  make_population<Surfer, Idler>();
  for (const std::int64_t users : {1, 2, 3}) {  // as during a ramp-up
    set_targets({{"Surfer", users}, {"Idler", 1}});
    run_for(1s);
  }
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 1}, {"Surfer", 0}}));
  EXPECT_EQ(settled_at.size(), 3U);
  ASSERT_EQ(user_errors.size(), 1U);
  EXPECT_EQ(user_errors[0].first,
            "You must specify the base host. Either in the host attribute in the User class, or on "
            "the command line using the --host option.");
}

TEST_F(PopulationTest, ReportsAMissingHostAgainInEachRun) {
  make_population<Surfer>();
  set_targets({{"Surfer", 1}});
  stop_all();
  set_targets({{"Surfer", 1}});
  EXPECT_EQ(user_errors.size(), 2U);
  stop_all();
  shard.host = "http://here";
  set_targets({{"Surfer", 2}});
  run_for(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"http://here", "http://here"}));
  EXPECT_EQ(user_errors.size(), 2U);
}

/// A fixture whose stacks do not fit into the address space.
class NoStackTest : public PopulationTest {
 protected:
  NoStackTest() : PopulationTest(std::size_t{1} << 45) {}
};

TEST_F(NoStackTest, UsersTryAgainAndTheMasterGetsAReportEveryTenSeconds) {
  make_population<Idler>();
  set_targets({{"Idler", 20}});
  run_for(15s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 20}}));
  EXPECT_EQ(user_errors.size(), 2U);  // every 10 s
  EXPECT_NE(user_errors[0].first.find("--stack-size"), std::string::npos);
  set_targets({{"Idler", 5}}, 10s);
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 5}}));
  stop_all();
  run_for(1s);
  EXPECT_EQ(population->counts(), (Counts{{"Idler", 0}}));
  EXPECT_EQ(settled_at.size(), 3U);
  EXPECT_TRUE(log.empty());
}

}  // namespace
}  // namespace cppworker
