#include "runner/split_targets.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cppworker::runner {
namespace {

using Shares = std::vector<UserClassesCount>;

TEST(SplitTargets, AddsUsersToTheLeastLoadedShard) {
  EXPECT_EQ(split_targets({{"A", 5}}, {{{"A", 3}}, {{"A", 0}}}), (Shares{{{"A", 3}}, {{"A", 2}}}));
}

TEST(SplitTargets, CountsUsersOfAllClassesAsLoad) {
  EXPECT_EQ(split_targets({{"A", 2}, {"B", 2}}, {{{"A", 2}}, {}}),
            (Shares{{{"A", 2}, {"B", 0}}, {{"A", 0}, {"B", 2}}}));
}

TEST(SplitTargets, BreaksTiesByIndex) {
  EXPECT_EQ(split_targets({{"A", 4}}, {{}, {}, {}}), (Shares{{{"A", 2}}, {{"A", 1}}, {{"A", 1}}}));
}

TEST(SplitTargets, RemovesUsersFromTheMostLoadedShard) {
  EXPECT_EQ(split_targets({{"A", 4}}, {{{"A", 5}}, {{"A", 2}}}), (Shares{{{"A", 2}}, {{"A", 2}}}));
}

TEST(SplitTargets, DoesNotMoveOtherUsers) {
  EXPECT_EQ(split_targets({{"A", 5}, {"B", 1}}, {{{"A", 3}, {"B", 1}}, {{"A", 2}}}),
            (Shares{{{"A", 3}, {"B", 1}}, {{"A", 2}, {"B", 0}}}));
}

TEST(SplitTargets, FillsThePlacesOfSurplusUsers) {
  EXPECT_EQ(split_targets({{"A", 4}, {"B", 0}}, {{{"B", 4}}, {}}),
            (Shares{{{"A", 2}, {"B", 0}}, {{"A", 2}, {"B", 0}}}));
}

TEST(SplitTargets, KeepsClassesThatAreNotNamed) {
  EXPECT_EQ(split_targets({{"A", 1}}, {{{"B", 2}}}), (Shares{{{"A", 1}, {"B", 2}}}));
}

TEST(SplitTargets, AcceptsExtremeNumbers) {
  const Shares shares = split_targets({{"A", INT64_MAX}, {"B", INT64_MIN}}, {{}, {}});
  EXPECT_EQ(shares[0].at("B"), 0);
  EXPECT_EQ(shares[0].at("A"), shares[1].at("A"));
}

/// Distributes users one by one, exactly as the rule is written.
Shares one_by_one(const UserClassesCount& targets, Shares current) {
  const auto sum = [&](const std::string& name) {
    std::int64_t have = 0;
    for (auto& shard : current) have += shard[name];
    return have;
  };
  for (const auto& [name, target] : targets) {
    while (sum(name) > target) {
      std::size_t fullest = current.size();
      for (std::size_t s = 0; s < current.size(); ++s) {
        if (current[s][name] == 0) continue;
        if (fullest == current.size() || total_users(current[s]) > total_users(current[fullest])) {
          fullest = s;
        }
      }
      --current[fullest][name];
    }
  }
  for (const auto& [name, target] : targets) {
    while (sum(name) < target) {
      std::size_t least = 0;
      for (std::size_t s = 1; s < current.size(); ++s) {
        if (total_users(current[s]) < total_users(current[least])) least = s;
      }
      ++current[least][name];
    }
  }
  return current;
}

class SplitTargetsAtRandom : public testing::TestWithParam<unsigned> {};

TEST_P(SplitTargetsAtRandom, AgreesWithDealingOneByOne) {
  std::mt19937 random(GetParam());
  const auto up_to = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  for (int round = 0; round < 200; ++round) {
    Shares current(static_cast<std::size_t>(1 + up_to(5)));
    for (auto& shard : current) shard = {{"A", up_to(9)}, {"B", up_to(9)}, {"C", up_to(2)}};
    const UserClassesCount targets{{"A", up_to(40)}, {"B", up_to(40)}, {"C", up_to(10)}};
    ASSERT_EQ(split_targets(targets, current), one_by_one(targets, current));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SplitTargetsAtRandom, testing::Range(1U, 6U));

}  // namespace
}  // namespace cppworker::runner
