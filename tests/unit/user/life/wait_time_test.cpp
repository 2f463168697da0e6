#include <cmath>
#include <limits>
#include <stdexcept>

#include "unit/user/population_fixture.hpp"
#include "user/life/wait_sampling.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

std::vector<Seconds> begins;  // of tasks, since the test began
coro::TimePoint test_began;

void note_begin() { begins.push_back(detail::clock_now() - test_began); }

class WaitTimeTest : public PopulationTest {
 protected:
  WaitTimeTest() {
    begins.clear();
    test_began = clock.now();
  }
};

using Begins = std::vector<Seconds>;

/// A task takes 1, 5, 1, 1, … seconds.
class Pacer : public User {
 public:
  static constexpr WaitTime wait_time = constant_pacing(3s);
  void work() {
    note_begin();
    sleep_for(++runs_ == 2 ? 5s : 1s);
  }
  static constexpr auto tasks() { return task_list(task<&Pacer::work>()); }

 private:
  int runs_ = 0;
};

TEST_F(WaitTimeTest, PacingWaitsTheRestOfThePeriodAndNotAfterALongTask) {
  make_population<Pacer>();
  set_targets({{"Pacer", 1}});
  run_for(12s);
  EXPECT_EQ(begins, (Begins{0s, 3s, 8s, 11s}));
}

class Throughput : public User {
 public:
  static constexpr WaitTime wait_time = constant_throughput(4);
  void work() {
    note_begin();
    sleep_for(100ms);
  }
  static constexpr auto tasks() { return task_list(task<&Throughput::work>()); }
};

TEST_F(WaitTimeTest, ThroughputIsTheInverseOfPacing) {
  make_population<Throughput>();
  set_targets({{"Throughput", 1}});
  run_for(1100ms);
  EXPECT_EQ(begins, (Begins{0s, 250ms, 500ms, 750ms, 1s}));
}

TEST_F(WaitTimeTest, EachUserKeepsItsOwnPace) {
  make_population<Throughput>();
  set_targets({{"Throughput", 1}});
  run_for(50ms);
  set_targets({{"Throughput", 2}});
  run_for(500ms);
  EXPECT_EQ(begins, (Begins{0s, 50ms, 250ms, 300ms, 500ms, 550ms}));
}

/// The login counts as part of the first period, as in Locust.
class LoggingIn : public Throughput {
 public:
  void on_start() override { sleep_for(120ms); }
};

TEST_F(WaitTimeTest, PacingCountsFromTheUsersBeginning) {
  make_population<LoggingIn>();
  set_targets({{"LoggingIn", 1}});
  run_for(600ms);
  EXPECT_EQ(begins, (Begins{120ms, 250ms, 500ms}));
}

class NestedPacer : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  struct Paced : TaskSet<NestedPacer> {
    static constexpr WaitTime wait_time = constant_pacing(2s);
    void work() {
      note_begin();
      if (begins.size() % 2 == 0) {
        interrupt(false);
      }
    }
    static constexpr auto tasks() { return task_list(task<&Paced::work>()); }
  };
  static constexpr auto tasks() { return task_list(task<Paced>()); }
};

TEST_F(WaitTimeTest, ATaskSetsOwnPacingBeginsAnewWithEachVisit) {
  make_population<NestedPacer>();
  set_targets({{"NestedPacer", 1}});
  run_for(6500ms);
  EXPECT_EQ(begins, (Begins{0s, 2s, 3s, 5s, 6s}));
}

class Poisson : public User {
 public:
  static constexpr WaitTime wait_time = poisson(2);
  void work() { note_begin(); }
  static constexpr auto tasks() { return task_list(task<&Poisson::work>()); }
};

TEST_F(WaitTimeTest, PoissonWaitsAreExponentialWithTheMeanOfTheRate) {
  make_population<Poisson>();
  set_targets({{"Poisson", 1}});
  run_for(10'000s);
  const auto runs = static_cast<double>(begins.size());
  EXPECT_NEAR(runs, 20'000, 6 * std::sqrt(20'000));
  int longer_than_mean = 0;
  for (std::size_t i = 1; i < begins.size(); ++i) {
    longer_than_mean += begins[i] - begins[i - 1] > 500ms ? 1 : 0;
  }
  EXPECT_NEAR(longer_than_mean / runs, std::exp(-1), 0.02);
}

/// A wait function of its own: 1 s, 2 s, 3 s, …
class Tiring : public User {
 public:
  Seconds wait_time() { return Seconds{static_cast<double>(++waits_)}; }
  void work() { note_begin(); }
  static constexpr auto tasks() { return task_list(task<&Tiring::work>()); }

 private:
  int waits_ = 0;
};

TEST_F(WaitTimeTest, AUserMayHaveAWaitFunctionOfItsOwn) {
  make_population<Tiring>();
  set_targets({{"Tiring", 1}});
  run_for(7s);
  EXPECT_EQ(begins, (Begins{0s, 1s, 3s, 6s}));
}

class SetWithFunction : public User {
 public:
  static constexpr WaitTime wait_time = constant(50s);
  struct Set : TaskSet<SetWithFunction> {
    Seconds wait_time() {
      sleep_for(1s);  // the user counts as waiting
      return 2s;
    }
    void work() { note_begin(); }
    static constexpr auto tasks() { return task_list(task<&Set::work>()); }
  };
  void on_stop() override { PopulationTest::log.emplace_back("out"); }
  static constexpr auto tasks() { return task_list(task<Set>()); }
};

TEST_F(WaitTimeTest, AWaitFunctionMaySuspendAndCanBeStoppedAtOnce) {
  make_population<SetWithFunction>();
  set_targets({{"SetWithFunction", 1}});
  run_for(3500ms);
  EXPECT_EQ(begins, (Begins{0s, 3s}));
  const auto asked = clock.now();
  stop_all(30s);
  run_for(1s);
  EXPECT_EQ(settled_at.back(), asked);
  EXPECT_EQ(count_of("out"), 1);
}

class BadWait : public User {
 public:
  Seconds wait_time() { throw std::runtime_error("how long?"); }
  void on_stop() override { PopulationTest::log.emplace_back("out"); }
  void work() { note_begin(); }
  static constexpr auto tasks() { return task_list(task<&BadWait::work>()); }
};

TEST_F(WaitTimeTest, AWaitFunctionThatThrowsTwiceEndsTheUser) {
  make_population<BadWait>();
  set_targets({{"BadWait", 1}});
  run_for(1s);
  EXPECT_EQ(begins.size(), 1U);
  ASSERT_EQ(user_errors.size(), 1U);  // the second one is only logged
  EXPECT_EQ(user_errors[0].second, "  in BadWait.wait_time\n    std::runtime_error\n");
  EXPECT_EQ(population->counts().at("BadWait"), 0);
  EXPECT_TRUE(log.empty());
}

TEST(ToWait, TurnsInvalidTimesIntoZeroAndLimitsTheOthers) {
  EXPECT_EQ(detail::to_wait(-1s), coro::Duration::zero());
  EXPECT_EQ(detail::to_wait(Seconds{std::nan("")}), coro::Duration::zero());
  EXPECT_GT(detail::to_wait(Seconds{std::numeric_limits<double>::infinity()}), 24h);
  EXPECT_EQ(detail::to_wait(1500ms), 1500ms);
}

}  // namespace
}  // namespace cppworker
