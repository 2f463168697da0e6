#include "user/life/task_table.hpp"

#include <cmath>
#include <map>

#include <spdlog/spdlog.h>

#include "unit/user/population_fixture.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

using Lines = std::vector<std::string>;

class Labelled : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void plain() {}
  void read() {}
  void slow_read() {}
  struct Set : TaskSet<Labelled> {
    void inner_plain() {}
    void inner_write() {}
    struct Innermost : TaskSet<Set> {
      void deepest() {}
      static constexpr auto tasks() { return task_list(task<&Innermost::deepest>()); }
    };
    static constexpr auto tasks() {
      return task_list(task<&Set::inner_plain>(), task<&Set::inner_write>({.tags = {"write"}}),
                       task<Innermost>({.tags = {"deep"}}));
    }
  };
  static constexpr auto tasks() {
    return task_list(
        task<&Labelled::plain>(), task<&Labelled::read>({.weight = 2, .tags = {"read"}}),
        task<&Labelled::slow_read>({.tags = {"read", "slow"}}), task<Set>({.tags = {"set"}}));
  }
};

/// The remaining tasks of Labelled, its Set and the set in it.
Lines left(const detail::TagFilter& filter) {
  const detail::UserClass* user_class = &detail::kUserClass<Labelled>;
  detail::TaskTable table({&user_class, 1}, true);
  table.filter(filter);
  Lines names;
  const auto add = [&](const detail::TaskChoices& choices) {
    for (const detail::TaskRow* row : choices.rows) {
      names.emplace_back(row->name);
    }
  };
  add(table.of(*user_class));
  add(table.of(detail::kTaskSetClass<Labelled::Set>));
  add(table.of(detail::kTaskSetClass<Labelled::Set::Innermost>));
  return names;
}

const Lines kEverything = {"plain",       "read",        "read",      "slow_read", "Set",
                           "inner_plain", "inner_write", "Innermost", "deepest"};

TEST(TagFilter, WithoutTagsAllTasksPass) { EXPECT_EQ(left({}), kEverything); }

TEST(TagFilter, IncludesTasksWithAnyOfTheTags) {
  EXPECT_EQ(left({.tags = {"read"}}), (Lines{"read", "read", "slow_read"}));
  EXPECT_EQ(left({.tags = {"slow", "write"}}), (Lines{"slow_read", "Set", "inner_write"}));
}

TEST(TagFilter, ExcludesTasksWithAnyOfTheTags) {
  EXPECT_EQ(left({.exclude_tags = {"read", "write", "deep"}}),
            (Lines{"plain", "Set", "inner_plain"}));
}

TEST(TagFilter, ExclusionWins) {
  EXPECT_EQ(left({.tags = {"read"}, .exclude_tags = {"slow"}}), (Lines{"read", "read"}));
  EXPECT_EQ(left({.tags = {"read"}, .exclude_tags = {"read"}}), Lines{});
}

TEST(TagFilter, ATagOnASetReachesAllItsTasks) {
  EXPECT_EQ(left({.tags = {"set"}}),
            (Lines{"Set", "inner_plain", "inner_write", "Innermost", "deepest"}));
  EXPECT_EQ(left({.tags = {"deep"}}), (Lines{"Set", "Innermost", "deepest"}));
  EXPECT_EQ(left({.exclude_tags = {"set"}}), (Lines{"plain", "read", "read", "slow_read"}));
}

TEST(TagFilter, CanBeChangedAndLifted) {
  const detail::UserClass* user_class = &detail::kUserClass<Labelled>;
  detail::TaskTable table({&user_class, 1}, true);
  table.filter({.tags = {"unknown"}});
  EXPECT_TRUE(table.of(*user_class).rows.empty());
  table.filter({});
  EXPECT_EQ(table.of(*user_class).rows.size(), 5U);
}

TEST(TagFilter, ComesFromTheMastersOptions) {
  const Value options = Value::Map{{"tags", Value::List{"a", "b", 3}}, {"exclude_tags", Value{}}};
  EXPECT_EQ(detail::TagFilter::of(options), (detail::TagFilter{.tags = {"a", "b"}}));
  EXPECT_TRUE(detail::TagFilter::of(Value{}).empty());
}

TEST(TaskTable, TheClassPickerAndTagsBothApply) {
  const detail::UserClass* user_class = &detail::kUserClass<Labelled>;
  detail::TaskTable table({&user_class, 1}, true);
  EXPECT_FALSE(table.pick(*user_class, Lines{"unknown"}));
  // The Python file may need a "_" at the end of a name, as for a keyword.
  EXPECT_TRUE(table.pick(*user_class, Lines{"plain_", "slow_read"}));
  EXPECT_EQ(table.of(*user_class).rows.size(), 2U);
  table.filter({.tags = {"read"}});
  ASSERT_EQ(table.of(*user_class).rows.size(), 1U);
  EXPECT_EQ(table.of(*user_class).rows[0]->name, "slow_read");
}

Lines names_of(const detail::TaskChoices& choices) {
  Lines names;
  for (const detail::TaskRow* row : choices.rows) names.emplace_back(row->name);
  return names;
}

TEST(TaskTable, EqualWeightsListEachTaskOnceWithThoseOfTaskSets) {
  const detail::UserClass* user_class = &detail::kUserClass<Labelled>;
  detail::TaskTable table({&user_class, 1}, true);
  table.use_equal_weights();
  const detail::TaskChoices& choices = table.of(*user_class);
  EXPECT_EQ(names_of(choices),
            (Lines{"plain", "read", "slow_read", "inner_plain", "inner_write", "deepest"}));
  EXPECT_TRUE(table.sets_around(*choices.rows[0]).empty());
  EXPECT_EQ(table.sets_around(*choices.rows[3]).size(), 1U);
  ASSERT_EQ(table.sets_around(*choices.rows[5]).size(), 2U);
  EXPECT_EQ(table.sets_around(*choices.rows[5])[0]->name, "Set");
  EXPECT_EQ(table.sets_around(*choices.rows[5])[1]->name, "Innermost");
  table.filter({.tags = {"read", "deep"}});
  EXPECT_EQ(names_of(choices), (Lines{"read", "slow_read", "deepest"}));
  table.filter({});
  EXPECT_TRUE(table.pick(*user_class, Lines{"plain", "Set"}));
  EXPECT_EQ(names_of(choices), (Lines{"plain", "inner_plain", "inner_write", "deepest"}));
}

class TaskTableTest : public PopulationTest {};

/// A user with a TaskSet in a TaskSet.
class Nested : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void outside() { PopulationTest::log.emplace_back("outside"); }
  void unused() { PopulationTest::log.emplace_back("unused"); }
  struct Set : SequentialTaskSet<Nested> {
    static constexpr WaitTime wait_time = constant(100s);
    void on_start() override { PopulationTest::log.emplace_back("on_start"); }
    void on_stop() override { PopulationTest::log.emplace_back("on_stop"); }
    void first() { PopulationTest::log.emplace_back("first"); }
    struct Inner : TaskSet<Set> {
      void deep() {
        parent().first();  // the task is in its sets while it runs
        PopulationTest::log.emplace_back("deep");
        interrupt(false);
      }
      void lazy() { schedule_task(task<&Inner::deep>()); }
      static constexpr auto tasks() {
        return task_list(task<&Inner::deep>({.weight = 5}), task<&Inner::lazy>());
      }
    };
    static constexpr auto tasks() {
      return task_list(task<&Set::first>({.weight = 3}), task<Inner>());
    }
  };
  static constexpr auto tasks() {
    return task_list(task<&Nested::outside>({.weight = 20}), task<Set>(),
                     task<&Nested::unused>({.weight = 0}));
  }
};

TEST_F(TaskTableTest, EqualWeightsRunTasksOfTaskSetsWithoutEnteringThem) {
  make_population<Nested>();
  population->use_equal_weights();
  set_targets({{"Nested", 1}});
  run_for(8'000s);
  const double total = 8'000;
  const double slack = 5 * std::sqrt(total * 0.25 * 0.75);
  EXPECT_NEAR(static_cast<double>(count_of("outside")), total / 4, slack);
  EXPECT_NEAR(static_cast<double>(count_of("deep")), total / 4, slack);
  EXPECT_NEAR(static_cast<double>(count_of("first") - count_of("deep")), total / 4, slack);
  EXPECT_EQ(count_of("unused"), 0) << "a weight of 0 stays";
  EXPECT_EQ(count_of("on_start") + count_of("on_stop"), 0);
  ASSERT_FALSE(user_errors.empty());
  EXPECT_EQ(user_errors[0].first, "Error: schedule_task() has no effect with --equal-weights");
  EXPECT_EQ(population->counts().at("Nested"), 1);
}

TEST_F(TaskTableTest, AUserWithNoTaskLeftFailsWithASentenceAndWaits) {
  make_population<Labelled>();
  population->filter_tasks({.tags = {"unknown"}});
  set_targets({{"Labelled", 1}});
  run_for(1500ms);
  ASSERT_EQ(user_errors.size(), 2U);
  EXPECT_EQ(user_errors[0].first,
            "Error: No tasks defined on Labelled: --tags and --exclude-tags leave none");
  EXPECT_EQ(population->counts().at("Labelled"), 1);
}

/// A chain a -> b -> (a or c, 1 to 3), c -> a.
class Chained : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  struct Chain : MarkovTaskSet<Chained> {
    using MarkovTaskSet::MarkovTaskSet;
    void a() { log_it("a"); }
    void b() { log_it("b"); }
    struct C : TaskSet<Chain> {
      void only() {
        parent().log_it("c");
        interrupt(false);
      }
      static constexpr auto tasks() { return task_list(task<&C::only>()); }
    };
    void log_it(const char* name) { PopulationTest::log.emplace_back(name); }
    static constexpr auto tasks() {
      return task_list(task<&Chain::a>({.transitions = {"b"}}),
                       task<&Chain::b>({.transitions = {{"a", 1}, {"C", 3}}}),
                       task<C>({.transitions = {"a"}}));
    }
  };
  static constexpr auto tasks() { return task_list(task<Chain>({.tags = {"chain"}})); }
};

TEST_F(TaskTableTest, AMarkovChainBeginsWithItsFirstTaskAndFollowsItsTransitions) {
  make_population<Chained>();
  set_targets({{"Chained", 1}});
  run_for(20'000s);
  ASSERT_GT(log.size(), 19'000U);
  EXPECT_EQ(log.front(), "a");
  std::map<std::pair<std::string, std::string>, double> steps;
  for (std::size_t i = 1; i < log.size(); ++i) {
    ++steps[{log[i - 1], log[i]}];
  }
  const double to_a = steps[{"b", "a"}];
  const double to_c = steps[{"b", "c"}];
  EXPECT_NEAR(to_a / (to_a + to_c), 0.25, 5 * std::sqrt(0.25 * 0.75 / (to_a + to_c)));
  EXPECT_EQ(steps.size(), 4U);  // a-b, b-a, b-c, c-a and nothing else
}

class Split : public User {
 public:
  struct Chain : MarkovTaskSet<Split> {
    void a() {}
    void b() {}
    void c() {}
    static constexpr auto tasks() {
      return task_list(task<&Chain::a>({.transitions = {{"a", 1}, {"c", 0}}}),
                       task<&Chain::b>({.transitions = {"a"}}),
                       task<&Chain::c>({.transitions = {"a"}}));
    }
  };
  static constexpr auto tasks() { return task_list(task<Chain>()); }
};

TEST_F(TaskTableTest, UnreachableMarkovTasksAreWarnedOf) {
  testing::internal::CaptureStdout();
  make_population<Split>();
  spdlog::default_logger()->flush();
  EXPECT_NE(testing::internal::GetCapturedStdout().find(
                "The following markov tasks are unreachable in class Chain: b, c"),
            std::string::npos);
}

TEST_F(TaskTableTest, TagsLeaveAMarkovTaskSetAsItIs) {
  make_population<Chained>();
  population->filter_tasks({.tags = {"other"}});
  set_targets({{"Chained", 1}});
  run_for(10s);
  EXPECT_GT(count_of("b"), 0);
}

class Unequal : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  struct Rare : TaskSet<Unequal> {
    void work() {
      PopulationTest::log.emplace_back("set");
      interrupt(false);
    }
    static constexpr auto tasks() { return task_list(task<&Rare::work>()); }
  };
  void often() { PopulationTest::log.emplace_back("often"); }
  void never() { PopulationTest::log.emplace_back("never"); }
  static constexpr auto tasks() {
    return task_list(task<Rare>(), task<&Unequal::often>({.weight = 4}),
                     task<&Unequal::never>({.weight = 0}));
  }
};

TEST_F(TaskTableTest, SetsAndMethodsArePickedByWeightAndWeightZeroNever) {
  make_population<Unequal>();
  set_targets({{"Unequal", 10}});
  run_for(2000s);
  const double share = static_cast<double>(count_of("set")) / static_cast<double>(log.size());
  EXPECT_NEAR(share, 0.2, 5 * std::sqrt(0.2 * 0.8 / 20'000));
  EXPECT_EQ(count_of("never"), 0);
}

}  // namespace
}  // namespace cppworker
