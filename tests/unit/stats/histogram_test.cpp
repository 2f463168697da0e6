#include "stats/histogram.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stats/counts.hpp"
#include "stats/rounding.hpp"
#include "stats/second_counts.hpp"

namespace cppworker::stats {
namespace {

using Map = std::map<std::int64_t, std::int64_t>;

/// Also shows that the keys ascend.
void expect_same(const Counts& actual, const Map& expected) {
  EXPECT_EQ(std::vector<Counts::Item>(actual.begin(), actual.end()),
            std::vector<Counts::Item>(expected.begin(), expected.end()));
}

TEST(Histogram, KeepsEveryBucketApart) {
  Histogram histogram;
  Map expected;
  for (int quarter_ms = -12; quarter_ms < 520'000; ++quarter_ms) {
    const std::int64_t key = bucket_response_time(0.25 * quarter_ms);
    histogram.add(key);
    ++expected[key];
  }
  expect_same(histogram.counts(), expected);
}

TEST(Histogram, TakesResponseTimesInAnyOrder) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    Histogram histogram;
    Map expected;
    for (int i = 0; i < 20; ++i) {
      const std::int64_t key = bucket_response_time(static_cast<double>(random() % 120'000) - 5);
      histogram.add(key);
      ++expected[key];
    }
    expect_same(histogram.counts(), expected);
  }
  expect_same(Histogram().counts(), {});
}

TEST(Counts, AreWhatAMapWouldBe) {
  std::mt19937 random(6);
  for (int round = 0; round < 500; ++round) {
    Counts a;
    Counts b;
    Map expected;
    for (auto i = static_cast<std::int64_t>(random() % 20); i > 0; --i) {
      const auto key = static_cast<std::int64_t>(random() % 15) - 5;
      (random() % 2 == 0 ? a : b)[key] += i;
      expected[key] += i;
    }
    a.add(std::move(b));
    expect_same(a, expected);
    EXPECT_EQ(a.size(), expected.size());
  }
}

TEST(SecondCounts, AddsToASecondThatComesAgain) {
  SecondCounts counts;
  for (const std::int64_t second : {5, 5, 6, 5, 4, 6}) {
    counts.add(second);
  }
  EXPECT_EQ(std::move(counts).counts(), (Counts{{4, 1}, {5, 3}, {6, 2}}));
}

}  // namespace
}  // namespace cppworker::stats
