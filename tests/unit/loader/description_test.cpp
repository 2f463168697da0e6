#include "loader/description.hpp"

#include <array>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::string description(double weight, int search_weight, const char* category) {
  const std::array<detail::TaskRow, 2> tasks{
      {{.name = "index", .weight = 1}, {.name = "search", .weight = search_weight}}};
  static double weight_now = 0;
  weight_now = weight;
  const detail::UserClass user_class{
      .name = "ShopUser",
      .attributes = [] { return detail::ClassAttributes{.weight = weight_now}; },
      .tasks = tasks};
  const std::array<const detail::UserClass*, 1> classes{&user_class};
  const std::array<Argument, 1> arguments{{{.name = "--category", .default_value = category}}};
  return describe(classes, arguments);
}

TEST(Description, IsOneLineOfJson) {
  EXPECT_EQ(description(2, 3, "books"),
            R"({"classes": {"ShopUser": {"weight": 2, "fixed_count": 0, "host": "", "tasks": )"
            R"({"index": {"weight": 1}, "search": {"weight": 3}}}}, "arguments": {"category": )"
            R"("books"}, "fail_if": []})");
}

TEST(Description, TagsReachTheTasksOfATaskSet) {
  const std::array<detail::TaskRow, 1> inner{{{.name = "pay", .tags = {"slow"}}}};
  const detail::TaskSetClass set{.name = "Checkout", .tasks = inner};
  const std::array<detail::TaskRow, 2> tasks{
      {{.name = "Checkout", .task_set = &set, .tags = {"buy"}}, {.name = "never", .weight = 0}}};
  const detail::UserClass user_class{.name = "A", .tasks = tasks};
  const std::array<const detail::UserClass*, 1> classes{&user_class};
  EXPECT_THAT(describe(classes, {}),
              HasSubstr(R"("tasks": {"Checkout": {"weight": 1}, )"
                        R"("Checkout.pay": {"weight": 1, "tags": ["buy", "slow"]}})"));
}

TEST(Description, NoDifferenceToItself) {
  EXPECT_THAT(differences(description(2, 3, "books"), description(2, 3, "books")), IsEmpty());
}

TEST(Description, NumbersOfEitherKindAreEqual) {
  EXPECT_THAT(differences(R"({"classes": {"A": {"weight": 1.0}}, "arguments": {"x": 1e3}})",
                          R"({"classes": {"A": {"weight": 1}}, "arguments": {"x": 1000}})"),
              IsEmpty());
}

TEST(Description, ATaskThatIsListedTwiceHasTheSumOfItsWeights) {
  const std::array<detail::TaskRow, 3> tasks{
      {{.name = "a", .weight = 1}, {.name = "b", .weight = 1}, {.name = "a", .weight = 2}}};
  const detail::UserClass user_class{.name = "A", .tasks = tasks};
  const std::array<const detail::UserClass*, 1> classes{&user_class};
  EXPECT_THAT(describe(classes, {}),
              HasSubstr(R"("tasks": {"a": {"weight": 3}, "b": {"weight": 1}})"));
}

TEST(Description, EachDifferenceIsASentence) {
  EXPECT_THAT(differences(description(2, 3, "books"), description(5, 4, "cars")),
              ElementsAre("ShopUser.weight is 2 on the master and 5 on this worker",
                          "ShopUser.tasks.search.weight is 3 on the master and 4 on this worker",
                          "category is \"books\" on the master and \"cars\" on this worker"));
  EXPECT_THAT(differences(R"({"classes":{"A":{"tasks":{"x":{}}}}})",
                          R"({"classes":{"A":{"tasks":{"y":{}}},"B":{}},"arguments":{}})"),
              ElementsAre("A.tasks.x is only in the master's locustfile",
                          "A.tasks.y is only in this worker's locustfile",
                          "B is only in this worker's locustfile"));
}

TEST(Description, ThresholdsAreComparedIfTheMastersFileHasThem) {
  const std::vector<std::string> theirs{"p95 > 1s", "rps < 5"};
  const std::vector<std::string> ours{"rps < 5", "fails of \"/a\" > 0"};
  EXPECT_THAT(differences(describe({}, {}, theirs), describe({}, {}, ours)),
              ElementsAre("the threshold \"p95 > 1s\" is only in the master's locustfile",
                          "the threshold \"fails of \\\"/a\\\" > 0\" is only in this worker's "
                          "locustfile"));
  EXPECT_THAT(differences(R"({"classes":{},"arguments":{}})", describe({}, {}, ours)), IsEmpty());
}

TEST(Description, NamesOfTasksMayDifferByAnUnderscoreAtTheirEnds) {
  const char* const python = R"({"classes":{"A":{"tasks":{"delete":{},"S_.class_":{}}}}})";
  EXPECT_THAT(differences(python, R"({"classes":{"A":{"tasks":{"delete_":{},"S.class":{}}}},)"
                                  R"("arguments":{}})"),
              IsEmpty());
  EXPECT_THAT(differences(R"({"classes":{"A":{"tasks":{"x":{}}}}})",
                          R"({"classes":{"A_":{"tasks":{"x_":{"weight":2}}}},"arguments":{}})"),
              ElementsAre("A is only in the master's locustfile",
                          "A_ is only in this worker's locustfile"));
  EXPECT_THAT(differences(R"({"classes":{"A":{"tasks":{"x":{"weight":1}}}}})",
                          R"({"classes":{"A":{"tasks":{"x_":{"weight":2}}}},"arguments":{}})"),
              ElementsAre("A.tasks.x.weight is 1 on the master and 2 on this worker"));
}

TEST(Description, TasksThatDifferOnlyByAnUnderscoreCountAsOne) {
  const char* const python =
      R"({"classes":{"A":{"tasks":{"read":{"weight":3,"tags":["a","b"]}}}}})";
  EXPECT_THAT(differences(python, R"({"classes":{"A":{"tasks":{"read_":{"weight":2,"tags":["b"]},)"
                                  R"("read":{"weight":1,"tags":["a"]}}}},"arguments":{}})"),
              IsEmpty());
}

TEST(Description, AnyTextOfAMasterIsRead) {
  EXPECT_THAT(differences("no JSON", description(1, 1, "")),
              ElementsAre("the master's description can't be read"));
  EXPECT_THAT(differences(R"({"classes": 5})", R"({"classes":{"A":{}},"arguments":{}})"),
              ElementsAre("classes is 5 on the master and {\"A\": {}} on this worker"));
}

TEST(Description, APythonThatFailsIsNamed) {
  const TemporaryFolder folder;
  const std::string file = folder / "x.py";
  EXPECT_THAT([&] { (void)describe_python_file(file, "/bin/false"); },
              ThrowsMessage<Error>(HasSubstr("Could not find")));
  std::ofstream(file) << "\n";
  EXPECT_THAT([&] { (void)describe_python_file(file, "/bin/false"); },
              ThrowsMessage<Error>(HasSubstr("CPPWORKER_PYTHON")));
}

}  // namespace
}  // namespace cppworker::loader
