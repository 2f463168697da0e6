#include "stats/rounding.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "golden.hpp"

namespace cppworker::stats {
namespace {

TEST(BucketResponseTime, IsThatOfLocust) {
  ASSERT_GT(golden::stats().at("rounding").size(), 1500U);
  for (const auto& sample : golden::stats().at("rounding")) {
    EXPECT_EQ(bucket_response_time(sample[0].get<double>()), sample[1].get<std::int64_t>())
        << sample[0];
  }
}

TEST(BucketResponseTime, RoundsHalvesToEven) {
  EXPECT_EQ(bucket_response_time(0.5), 0);
  EXPECT_EQ(bucket_response_time(1.5), 2);
  EXPECT_EQ(bucket_response_time(105), 100);
  EXPECT_EQ(bucket_response_time(115), 120);
  EXPECT_EQ(bucket_response_time(1050), 1000);
  EXPECT_EQ(bucket_response_time(1150), 1200);
  EXPECT_EQ(bucket_response_time(10500), 10000);
  EXPECT_EQ(bucket_response_time(11500), 12000);
}

TEST(BucketResponseTime, TakesWhatNoClockMeasures) {
  EXPECT_EQ(bucket_response_time(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(bucket_response_time(std::numeric_limits<double>::infinity()),
            9'000'000'000'000'000'000);
  EXPECT_EQ(bucket_response_time(-std::numeric_limits<double>::infinity()),
            -9'000'000'000'000'000'000);
  EXPECT_EQ(bucket_response_time(1e300), 9'000'000'000'000'000'000);
}

}  // namespace
}  // namespace cppworker::stats
