#include "stats/histogram.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "stats/counts.hpp"
#include "stats/precision.hpp"
#include "stats/second_counts.hpp"

namespace cppworker::stats {
namespace {

using Map = std::map<std::int64_t, std::int64_t>;

/// Also shows that the keys ascend.
void expect_same(const Counts& actual, const Map& expected) {
  EXPECT_EQ(std::vector<Counts::Item>(actual.begin(), actual.end()),
            std::vector<Counts::Item>(expected.begin(), expected.end()));
}

class HistogramTest : public testing::TestWithParam<Precision> {};
INSTANTIATE_TEST_SUITE_P(, HistogramTest,
                         testing::Values(Precision::kLocust, Precision::kTwoDigits,
                                         Precision::kThreeDigits));

TEST_P(HistogramTest, KeepsEveryBucketApart) {
  Histogram histogram;
  Map expected;
  for (int step = -1200; step < 100'000; ++step) {
    const double ms = step < 20'000 ? 0.01 * step : 0.01 * 20'000 + 2.5 * (step - 20'000);
    const std::int64_t bucket = bucket_index(ms, GetParam());
    histogram.add(bucket);
    ++expected[bucket_key_us(bucket, GetParam())];
  }
  expect_same(histogram.counts(GetParam()), expected);
}

TEST_P(HistogramTest, TakesResponseTimesInAnyOrder) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    Histogram histogram;
    Map expected;
    for (int i = 0; i < 20; ++i) {
      const std::int64_t bucket =
          bucket_index(static_cast<double>(random() % 120'000) - 5, GetParam());
      histogram.add(bucket);
      ++expected[bucket_key_us(bucket, GetParam())];
    }
    expect_same(histogram.counts(GetParam()), expected);
  }
  expect_same(Histogram().counts(GetParam()), {});
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

TEST(Counts, OfAPartAreLeftOut) {
  const Counts all = {{1, 4}, {2, 1}, {5, 3}};
  expect_same(all.without({{2, 1}, {5, 1}}), {{1, 4}, {5, 2}});
  expect_same(all.without({}), {{1, 4}, {2, 1}, {5, 3}});
  expect_same(Counts{}.without({{7, 1}}), {});
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
