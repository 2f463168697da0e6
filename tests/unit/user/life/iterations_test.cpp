#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unit/user/population_fixture.hpp"
#include "user/iteration_limits.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

/// A class whose tasks are limited.
class Limited : public User {
 public:
  static constexpr int iterations = 7;
  static constexpr WaitTime wait_time = constant(1s);
  void on_start() override { PopulationTest::log.emplace_back("limited start"); }
  void on_stop() override { PopulationTest::log.emplace_back("limited stop"); }
  void task_() {
    PopulationTest::log.emplace_back("limited");
    sleep_for(1s);
    PopulationTest::log.emplace_back("limited end");
  }
  static constexpr auto tasks() { return task_list(task<&Limited::task_>()); }
};

/// A class without a limit. Only the task in the set counts, not that the set is entered.
class Free : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  struct Set : TaskSet<Free> {
    void inner() {
      PopulationTest::log.emplace_back("free");
      interrupt(false);
    }
    static constexpr auto tasks() { return task_list(task<&Set::inner>()); }
  };
  static constexpr auto tasks() { return task_list(task<Set>()); }
};

class IterationsTest : public PopulationTest {
 protected:
  /// @param iterations of all users together; 0: no limit
  void limit(std::int64_t iterations) {
    limits.emplace(iterations, detail::kUserClasses<Limited, Free>,
                   [this](const std::string& user_class, std::int64_t number) {
                     used_up.emplace_back(user_class, number);
                   });
    make_population<Limited, Free>();
    population->limit_iterations(*limits);
  }

  std::optional<detail::IterationLimits> limits;
  std::vector<std::pair<std::string, std::int64_t>> used_up;
};

TEST_F(IterationsTest, AClassRunsExactlyItsTasksAndItsUsersEnd) {
  limit(0);
  set_targets({{"Limited", 3}, {"Free", 1}});
  run_for(100s);
  EXPECT_EQ(count_of("limited"), 7);
  EXPECT_EQ(count_of("limited end"), 7) << "the last tasks are not cut off";
  EXPECT_EQ(count_of("limited stop"), 3);
  EXPECT_GT(count_of("free"), 50) << "other classes go on";
  EXPECT_EQ(population->counts().at("Limited"), 0);
  EXPECT_EQ(used_up, (std::vector<std::pair<std::string, std::int64_t>>{{"Limited", 7}}));
}

TEST_F(IterationsTest, AUserThatStartsAfterTheLimitRunsNoCode) {
  limit(0);
  set_targets({{"Limited", 7}, {"Free", 0}});
  run_for(10s);
  ASSERT_EQ(count_of("limited"), 7);
  set_targets({{"Limited", 9}, {"Free", 0}});
  run_for(10s);
  EXPECT_EQ(count_of("limited start"), 7);
  EXPECT_EQ(count_of("limited"), 7);
}

TEST_F(IterationsTest, TheLimitOfAllUsersCountsThoseOfALimitedClassToo) {
  limit(20);
  set_targets({{"Limited", 3}, {"Free", 3}});
  run_for(1000s);
  EXPECT_EQ(count_of("limited"), 7);
  EXPECT_EQ(count_of("free"), 13);
  EXPECT_EQ(used_up, (std::vector<std::pair<std::string, std::int64_t>>{{"Limited", 7}, {"", 20}}));
}

TEST_F(IterationsTest, TheLimitOfAllUsersCanEndALimitedClassEarlier) {
  limit(4);
  set_targets({{"Limited", 5}, {"Free", 0}});
  run_for(100s);
  EXPECT_EQ(count_of("limited"), 4);
  EXPECT_EQ(used_up, (std::vector<std::pair<std::string, std::int64_t>>{{"", 4}}));
}

TEST(IterationLimit, IsExactOnManyThreads) {
  constexpr int kIterations = 10'000;
  std::atomic<int> used_up = 0;
  std::atomic<int> all_used_up = 0;
  detail::IterationLimit of_all(kIterations, [&] { ++all_used_up; });
  detail::IterationLimit of_class(
      kIterations / 4, [&] { ++used_up; }, &of_all);
  std::array<std::atomic<int>, 2> taken{};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, limited = i % 2 == 1] {
      detail::IterationLimit& limit = limited ? of_class : of_all;
      while (limit.take()) ++taken.at(limited ? 1 : 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken[0] + taken[1], kIterations);
  EXPECT_LE(taken[1], kIterations / 4);
  EXPECT_EQ(all_used_up, 1);
  EXPECT_EQ(used_up, taken[1] == kIterations / 4 ? 1 : 0);
}

}  // namespace
}  // namespace cppworker
