#include "failures/collection.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cppworker::failures {
namespace {

Sample sample(double time, std::uint64_t priority) {
  Sample sample{.method = "GET", .name = "/a", .error = "no"};
  sample.time = time;
  sample.priority = priority;
  return sample;
}

template <class List>
std::vector<double> times_of(const List& samples) {
  std::vector<double> times;
  for (const auto& one : samples) {
    if constexpr (requires { one->time; }) {
      times.push_back(one->time);
    } else {
      times.push_back(one.time);
    }
  }
  return times;
}

TEST(Collection, DoesNotDependOnTheOrder) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  std::vector<Sample> samples;
  for (int i = 0; i < 50; ++i) samples.push_back(sample(i, random()));
  std::vector<Sample> expected;
  for (int round = 0; round < 20; ++round) {
    Collection collection({.per_failure = 4});
    for (const Sample& one : samples) collection.add(one);
    if (expected.empty()) expected = collection.selected();
    EXPECT_EQ(collection.selected(), expected);
    std::ranges::shuffle(samples, random);
  }
  EXPECT_EQ(expected.size(), 4U);
  EXPECT_EQ(expected.front().time, 0);
  EXPECT_EQ(expected.back().time, 49);
}

TEST(Collection, HandsOutEachSampleOnce) {
  Collection collection({.per_failure = 2});
  collection.add(sample(1, 10));
  EXPECT_EQ(times_of(collection.unread(Collection::Reader::kRunFile, 1)), std::vector<double>{1});
  EXPECT_TRUE(collection.unread(Collection::Reader::kRunFile, 2).empty());
  collection.add(sample(2, 20));
  EXPECT_EQ(times_of(collection.unread(Collection::Reader::kRunFile, 2)), std::vector<double>{2});
}

TEST(Collection, HandsOutEachSampleToEachReader) {
  Collection collection({.per_failure = 1});
  for (const int second : {1, 2, 3}) {
    collection.add(sample(second, static_cast<std::uint64_t>(second)));
  }
  const std::vector<double> first_and_last{1, 3};
  EXPECT_EQ(times_of(collection.unread(Collection::Reader::kRunFile, 10)), first_and_last);
  EXPECT_EQ(times_of(collection.unread(Collection::Reader::kMaster, 10)), first_and_last);
  EXPECT_TRUE(collection.unread(Collection::Reader::kMaster, 20).empty());
}

/// The last samples come after 1, 2, 4, … seconds.
TEST(Collection, HandsOutTheLastSamplesMoreAndMoreSeldom) {
  Collection collection({.per_failure = 1});
  std::vector<double> handed_out;
  for (int second = 100; second < 1'000; ++second) {
    collection.add(sample(second, static_cast<std::uint64_t>(second)));
    for (const auto& one : collection.unread(Collection::Reader::kRunFile, second))
      handed_out.push_back(one->time);
  }
  EXPECT_EQ(std::vector(handed_out.begin(), handed_out.begin() + 8),
            (std::vector<double>{100, 101, 102, 104, 108, 116, 132, 164}));
  EXPECT_LT(handed_out.size(), 25U);
  EXPECT_EQ(times_of(collection.unread_at_end(Collection::Reader::kRunFile)),
            std::vector<double>{999});
}

TEST(Collection, KeepsFailuresApart) {
  Collection collection({.per_failure = 1});
  Sample other = sample(5, 1);
  other.error = "other";
  collection.add(sample(4, 1));
  collection.add(other);
  EXPECT_EQ(collection.selected().size(), 2U);
  collection.clear();
  EXPECT_TRUE(collection.selected().empty());
  EXPECT_EQ(collection.bytes(), 0U);
}

}  // namespace
}  // namespace cppworker::failures
