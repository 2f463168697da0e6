#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cppworker/locust.hpp>

#include "user/life/task_table.hpp"

namespace cppworker {
namespace {

/// The C++ twin of the class in tests/golden/record_tags.py.
class Tagged : public User {
 public:
  void plain() {}
  void with_a() {}
  void with_a_b() {}

  struct Outer : TaskSet<Tagged> {
    void outer_plain() {}
    void outer_b() {}
    struct Inner : SequentialTaskSet<Outer> {
      void inner_plain() {}
      void inner_b() {}
      static constexpr auto tasks() {
        return task_list(task<&Inner::inner_plain>(), task<&Inner::inner_b>({.tags = {"b"}}));
      }
    };
    static constexpr auto tasks() {
      return task_list(task<&Outer::outer_plain>(), task<&Outer::outer_b>({.tags = {"b"}}),
                       task<Inner>({.tags = {"a"}}));
    }
  };

  struct Other : TaskSet<Tagged> {
    void other_b() {}
    static constexpr auto tasks() { return task_list(task<&Other::other_b>({.tags = {"b"}})); }
  };

  static constexpr auto tasks() {
    return task_list(task<&Tagged::plain>(), task<&Tagged::with_a>({.weight = 2, .tags = {"a"}}),
                     task<&Tagged::with_a_b>({.tags = {"a", "b"}}), task<Outer>({.tags = {"c"}}),
                     task<Other>());
  }
};

void add_names(detail::TaskTable& table, const detail::TaskChoices& choices,
               const std::string& prefix, std::vector<std::string>& names) {
  for (const detail::TaskRow* row : choices.rows) {
    const std::string name = prefix + std::string(row->name);
    names.push_back(name);
    if (row->task_set != nullptr) {
      add_names(table, table.of(*row->task_set), name + ".", names);
    }
  }
}

detail::TagFilter filter_of(const nlohmann::json& one) {
  detail::TagFilter filter;
  for (const std::string tag : one.at("tags")) filter.tags.insert(tag);
  for (const std::string tag : one.at("exclude_tags")) filter.exclude_tags.insert(tag);
  return filter;
}

TEST(TagFilter, SelectsTheTasksThatLocustSelectsForAllCombinationsOfTags) {
  const auto cases = nlohmann::json::parse(std::ifstream(CPPWORKER_GOLDEN_DIR "/locust_tags.json"));
  ASSERT_EQ(cases.size(), 64U);
  const detail::UserClass* user_class = &detail::kUserClass<Tagged>;
  detail::TaskTable table({&user_class, 1}, false);
  for (const auto& one : cases) {
    table.filter(filter_of(one));
    std::vector<std::string> names;
    add_names(table, table.of(*user_class), "", names);
    EXPECT_EQ(names, one.at("left").get<std::vector<std::string>>()) << one.dump();
  }
}

TEST(TaskTable, EqualWeightsLeaveTheTasksThatLocustLeaves) {
  const auto cases = nlohmann::json::parse(std::ifstream(CPPWORKER_GOLDEN_DIR "/locust_tags.json"));
  ASSERT_EQ(cases.size(), 64U);
  const detail::UserClass* user_class = &detail::kUserClass<Tagged>;
  detail::TaskTable table({&user_class, 1}, false);
  table.use_equal_weights();
  for (const auto& one : cases) {
    table.filter(filter_of(one));
    std::vector<std::string> names;
    for (const detail::TaskRow* row : table.of(*user_class).rows) names.emplace_back(row->name);
    std::ranges::sort(names);
    EXPECT_EQ(names, one.at("equal").get<std::vector<std::string>>()) << one.dump();
  }
}

}  // namespace
}  // namespace cppworker
