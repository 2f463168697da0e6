#include <gtest/gtest.h>

#include <cppworker/locust.hpp>

namespace shop {

class Base : public cppworker::User {
 public:
  void browse() {}
};

class Buyer : public Base {
 public:
  static constexpr double weight = 2.5;
  static constexpr int fixed_count = 4;
  static constexpr std::string_view host = "http://shop";
  void buy() {}
  [[nodiscard]] int look() const { return 1; }
  void on_stop() override {}
  static constexpr auto tasks() {
    using cppworker::task;
    return cppworker::task_list(task<&Buyer::buy>({.weight = 3}), task<&Base::browse>(),
                                task<&Buyer::look>());
  }
};

/// Mixes its base's tasks with a function and one of its own.
class Mixed : public Buyer {
 public:
  void more() {}
  static constexpr auto tasks();
};
void stroll(Mixed& /*user*/) {}
constexpr auto Mixed::tasks() {
  using cppworker::task;
  return cppworker::task_list(task<&stroll>(), cppworker::tasks_of<Buyer>(),
                              task<&Mixed::more>({.weight = 2}));
}

class Heir : public Buyer {};

class Api : public cppworker::HttpUser {
 public:
  void call() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&Api::call>()); }
};

}  // namespace shop

namespace cppworker {
namespace {

TEST(UserClass, CarriesTheAttributesOfTheAuthorsClass) {
  const detail::UserClass& buyer = detail::kUserClass<shop::Buyer>;
  EXPECT_EQ(buyer.name, "Buyer");  // Python's __name__: without the namespace
  EXPECT_EQ(buyer.attributes().weight, 2.5);
  EXPECT_EQ(buyer.attributes().fixed_count, 4);
  EXPECT_EQ(buyer.attributes().host, "http://shop");
  EXPECT_TRUE(buyer.has_on_stop);
  EXPECT_EQ(buyer.base, "User");
}

/// Attributes that the compiler does not know, as those from env().
class Dynamic : public User {
 public:
  inline static const double weight = std::stod("1.5");
  inline static const int fixed_count = std::stoi("2");
  inline static const int iterations = std::stoi("5");
  inline static const std::string host = "http://" + std::to_string(7);
  inline static const WaitTime wait_time = constant(Seconds{std::stod("3")});
  struct Set : TaskSet<Dynamic> {
    inline static const WaitTime wait_time = constant(Seconds{std::stod("4")});
    void look() {}
    static constexpr auto tasks() { return task_list(task<&Set::look>()); }
  };
  static constexpr auto tasks() { return task_list(task<Set>()); }
};

TEST(UserClass, AttributesMayBeSetAtRunTime) {
  constexpr const detail::UserClass& kDynamic = detail::kUserClass<Dynamic>;
  const detail::ClassAttributes attributes = kDynamic.attributes();
  EXPECT_EQ(attributes.weight, 1.5);
  EXPECT_EQ(attributes.fixed_count, 2);
  EXPECT_EQ(attributes.iterations, 5);
  EXPECT_EQ(attributes.host, "http://7");
  EXPECT_EQ(kDynamic.wait_time->low, Seconds{3});
  EXPECT_EQ(kDynamic.tasks[0].task_set->wait_time->low, Seconds{4});
}

TEST(UserClass, KnowsHttpUsersAndInheritedOnStop) {
  EXPECT_EQ(detail::kUserClass<shop::Api>.base, "HttpUser");
  EXPECT_FALSE(detail::kUserClass<shop::Api>.has_on_stop);
}

TEST(TaskList, RowsCarryNamesAndWeightsAlsoOfInheritedAndConstMethods) {
  const auto rows = detail::kUserClass<shop::Buyer>.tasks;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].name, "buy");
  EXPECT_EQ(rows[0].weight, 3);
  EXPECT_EQ(rows[1].name, "browse");
  EXPECT_EQ(rows[1].weight, 1);
  EXPECT_EQ(rows[2].name, "look");
}

TEST(TaskList, TasksOfABaseAreMixedInWhereTheyStand) {
  const auto rows = detail::kUserClass<shop::Mixed>.tasks;
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].name, "stroll");
  EXPECT_EQ(rows[1].name, "buy");
  EXPECT_EQ(rows[1].weight, 3);
  EXPECT_EQ(rows[4].name, "more");
}

TEST(TaskList, AClassWithoutATableHasItsBases) {
  EXPECT_EQ(detail::kUserClass<shop::Heir>.tasks.size(), 3U);
  EXPECT_EQ(detail::kUserClass<shop::Heir>.attributes().fixed_count, 4);
}

}  // namespace
}  // namespace cppworker
