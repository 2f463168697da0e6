#include "app/task_ratio.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cppworker/json.hpp>
#include <cppworker/locust.hpp>

namespace cppworker::app {
namespace {

/// The C++ twins of the classes in tests/golden/record_task_ratio.py.
struct Browse : TaskSet<User> {
  void look() {}
  struct Search : SequentialTaskSet<Browse> {
    void type_word() {}
    void pick() {}
    static constexpr auto tasks() {
      return task_list(task<&Search::type_word>({.weight = 2}), task<&Search::pick>());
    }
  };
  void never() {}
  static constexpr auto tasks() {
    return task_list(task<&Browse::look>({.weight = 3, .tags = {"slow"}}), task<Search>(),
                     task<&Browse::never>({.weight = 0}));
  }
};

struct Walk : MarkovTaskSet<User> {
  void one() {}
  void two() {}
  static constexpr auto tasks() {
    return task_list(task<&Walk::one>({.transitions = {"two"}}),
                     task<&Walk::two>({.transitions = {"one"}}));
  }
};

struct Shopper : User {
  static constexpr int weight = 3;
  void index() {}
  static constexpr auto tasks() {
    return task_list(task<Browse>({.weight = 2}), task<Walk>(),
                     task<&Shopper::index>({.weight = 4}));
  }
};

struct Buyer : User {
  static constexpr double weight = 0.7;
  void pay() {}
  void look_around() {}
  static constexpr auto tasks() {
    return task_list(task<&Buyer::pay>(), task<&Buyer::look_around>({.weight = 6}));
  }
};

struct Admin : User {
  static constexpr int fixed_count = 2;
  void check() {}
  static constexpr auto tasks() { return task_list(task<&Admin::check>()); }
};

struct Even : User {
  void a() {}
  static constexpr auto tasks() { return task_list(task<&Even::a>()); }
};

struct Odd : User {
  static constexpr int weight = 2;
  void b() {}
  static constexpr auto tasks() { return task_list(task<&Odd::b>()); }
};

constexpr std::array<const detail::UserClass*, 5> kClasses = {
    &detail::kUserClass<Shopper>, &detail::kUserClass<Buyer>, &detail::kUserClass<Admin>,
    &detail::kUserClass<Even>, &detail::kUserClass<Odd>};

std::string text_of(const nlohmann::json& lines) {
  std::string text;
  for (const auto& line : lines) text += line.get<std::string>() + '\n';
  return text;
}

TEST(TaskRatio, EqualsThatOfStockLocust) {
  std::ifstream file(CPPWORKER_GOLDEN_DIR "/locust_task_ratio.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_GE(cases.size(), 10U);
  for (const auto& one : cases) {
    std::vector<const detail::UserClass*> classes;
    for (const std::string name : one["classes"]) {
      const auto known = std::ranges::find(kClasses, name, &detail::UserClass::name);
      if (known != kClasses.end()) classes.push_back(*known);  // else it has the weight 0
    }
    RatioInput input{.user_classes = classes};
    if (!one["users"].is_null()) input.users = one["users"].get<std::int64_t>();
    EXPECT_EQ(task_ratio_text(input), text_of(one["text"])) << one["classes"] << one["users"];
    EXPECT_EQ(task_ratio_json(input), text_of(one["json"])) << one["classes"] << one["users"];
  }
}

TEST(TaskRatio, ConfigUsersChangesWeightsAndTasks) {
  const std::array<const detail::UserClass*, 2> classes = {&detail::kUserClass<Buyer>,
                                                           &detail::kUserClass<Odd>};
  const std::vector<Value> configs = {
      parse_json(R"({"user_class_name": "Buyer", "weight": 6, "tasks": ["pay"]})")};
  const Value ratios =
      parse_json(task_ratio_json({.user_classes = classes, .config_users = configs}));
  const Value& buyer = ratios["total"]["Buyer"];
  EXPECT_EQ(buyer["ratio"], Value(0.75));
  EXPECT_EQ(buyer["tasks"], (Value{{"pay", {{"ratio", 0.75}}}}));
}

}  // namespace
}  // namespace cppworker::app
