#include "stats/histogram.hpp"

#include <cstdint>
#include <map>

#include <gtest/gtest.h>

#include "stats/rounding.hpp"
#include "stats/second_counts.hpp"

namespace cppworker::stats {
namespace {

TEST(Histogram, KeepsEveryBucketApart) {
  Histogram histogram;
  std::map<std::int64_t, std::int64_t> expected;
  for (int quarter_ms = -12; quarter_ms < 520'000; ++quarter_ms) {
    const std::int64_t key = bucket_response_time(0.25 * quarter_ms);
    histogram.add(key);
    ++expected[key];
  }
  EXPECT_EQ(histogram.take(), expected);
  EXPECT_TRUE(histogram.take().empty());
}

TEST(Histogram, StartsAgainAfterItWasTaken) {
  Histogram histogram;
  histogram.add(60'000);
  histogram.add(61'000);
  (void)histogram.take();
  histogram.add(7);
  EXPECT_EQ(histogram.take(), (std::map<std::int64_t, std::int64_t>{{7, 1}}));
}

TEST(SecondCounts, AddsToASecondThatComesAgain) {
  SecondCounts counts;
  for (const std::int64_t second : {5, 5, 6, 5, 4, 6}) {
    counts.add(second);
  }
  EXPECT_EQ(counts.take(), (std::map<std::int64_t, std::int64_t>{{4, 1}, {5, 3}, {6, 2}}));
  EXPECT_TRUE(counts.take().empty());
}

}  // namespace
}  // namespace cppworker::stats
