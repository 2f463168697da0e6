#include "stats/precision.hpp"

#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

namespace cppworker::stats {
namespace {

double key_ms(double ms, Precision precision) {
  return static_cast<double>(bucket_key_us(bucket_index(ms, precision), precision)) / 1000;
}

TEST(Precision, LocustsIsThatOfLocust) {
  for (const double ms : {0.0, 0.3, 1.5, 9.96, 99.4, 99.5, 104.9, 999.0, 1'049.0, 61'500.0, 9e9}) {
    EXPECT_EQ(key_ms(ms, Precision::kLocust), static_cast<double>(bucket_response_time(ms))) << ms;
  }
}

TEST(Precision, TwoDigitsAreLocustsFromTenMillisecondsUp) {
  for (const double ms : {10.0, 10.4, 55.5, 99.5, 104.9, 999.0, 1'049.0, 61'500.0, 9e9}) {
    EXPECT_EQ(key_ms(ms, Precision::kTwoDigits), static_cast<double>(bucket_response_time(ms)));
  }
}

TEST(Precision, TwoDigitsBelow) {
  EXPECT_DOUBLE_EQ(key_ms(0.304, Precision::kTwoDigits), 0.3);
  EXPECT_DOUBLE_EQ(key_ms(0.306, Precision::kTwoDigits), 0.31);
  EXPECT_DOUBLE_EQ(key_ms(0.997, Precision::kTwoDigits), 1);
  EXPECT_DOUBLE_EQ(key_ms(1.26, Precision::kTwoDigits), 1.3);
  EXPECT_DOUBLE_EQ(key_ms(9.96, Precision::kTwoDigits), 10);
}

TEST(Precision, ThreeDigits) {
  EXPECT_DOUBLE_EQ(key_ms(0.1234, Precision::kThreeDigits), 0.123);
  EXPECT_DOUBLE_EQ(key_ms(1.236, Precision::kThreeDigits), 1.24);
  EXPECT_DOUBLE_EQ(key_ms(12.36, Precision::kThreeDigits), 12.4);
  EXPECT_DOUBLE_EQ(key_ms(123.6, Precision::kThreeDigits), 124);
  EXPECT_DOUBLE_EQ(key_ms(1'236, Precision::kThreeDigits), 1'240);
  EXPECT_DOUBLE_EQ(key_ms(12'360, Precision::kThreeDigits), 12'400);
  EXPECT_DOUBLE_EQ(key_ms(123'600, Precision::kThreeDigits), 123'600);
}

TEST(Precision, EveryKeyIsItsOwnBucketAndKeysAscend) {
  for (const Precision precision :
       {Precision::kLocust, Precision::kTwoDigits, Precision::kThreeDigits}) {
    std::int64_t last = -1;
    for (std::int64_t index = 0; index < 6'000; ++index) {
      const std::int64_t key = bucket_key_us(index, precision);
      EXPECT_GT(key, last);
      EXPECT_EQ(bucket_index(static_cast<double>(key) / 1000, precision), index) << key;
      last = key;
    }
  }
}

TEST(Precision, HoldsWhatNoClockMeasures) {
  EXPECT_EQ(key_ms(1e300, Precision::kTwoDigits), 9e15);
  EXPECT_EQ(key_ms(-3, Precision::kThreeDigits), -3);
  EXPECT_NEAR(key_ms(1e300, Precision::kThreeDigits), 9e15, 1e6);
}

}  // namespace
}  // namespace cppworker::stats
