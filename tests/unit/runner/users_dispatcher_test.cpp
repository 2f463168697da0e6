#include "runner/users_dispatcher.hpp"

#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cppworker::runner {
namespace {

/// One step, as the golden file writes it: "+A" started a user of class A, "-A" stopped one, ""
/// ended the ramp.
std::string step(UsersDispatcher& dispatcher) {
  const UserClassesCount before = dispatcher.counts();
  if (!dispatcher.step()) return {};
  std::string change;
  for (const auto& [name, count] : dispatcher.counts()) {
    if (count > before.at(name)) change += "+" + name;
    if (count < before.at(name)) change += "-" + name;
  }
  return change;
}

std::string ramp(UsersDispatcher& dispatcher,
                 std::size_t most = std::numeric_limits<std::size_t>::max()) {
  std::string order;
  for (std::size_t i = 0; i < most; ++i) {
    const std::string change = step(dispatcher);
    if (change.empty()) break;
    order += (order.empty() ? "" : " ") + change;
  }
  return order;
}

TEST(UsersDispatcher, OrderIsTheOneRecordedFromStockLocust) {
  std::ifstream file(std::string(CPPWORKER_GOLDEN_DIR) + "/locust_dispatch.json");
  const nlohmann::json sets = nlohmann::json::parse(file);
  ASSERT_EQ(sets.size(), 300U);
  for (const auto& set : sets) {
    std::vector<DispatchedClass> classes;
    for (const auto& row : set["classes"]) classes.push_back({row[0], row[1], row[2]});
    UsersDispatcher dispatcher(classes);
    for (const auto& recorded : set["ramps"]) {
      dispatcher.begin(recorded["to"], recorded.value("classes", std::vector<std::string>{}));
      const auto all = std::numeric_limits<std::size_t>::max();
      EXPECT_EQ(ramp(dispatcher, recorded.value("most", all)), recorded["order"].get<std::string>())
          << set.dump();
    }
  }
}

TEST(UsersDispatcher, FollowsWeights) {
  UsersDispatcher dispatcher({{"B", 1}, {"A", 5}});
  dispatcher.begin(12);
  EXPECT_EQ(ramp(dispatcher), "+A +A +B +A +A +A +A +A +B +A +A +A");
  EXPECT_EQ(dispatcher.total(), 12);
}

TEST(UsersDispatcher, EndsWhenNoClassHasAWeightLeft) {
  UsersDispatcher dispatcher({{"Fixed", 1, 2}, {"Never", 0}});
  dispatcher.begin(10);
  EXPECT_EQ(ramp(dispatcher), "+Fixed +Fixed");
  dispatcher.begin(1);
  EXPECT_EQ(ramp(dispatcher), "-Fixed");
  dispatcher.begin(10);
  EXPECT_EQ(ramp(dispatcher), "+Fixed") << "a fixed_count is filled again after a ramp-down";
}

}  // namespace
}  // namespace cppworker::runner
