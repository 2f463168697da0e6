#include "stats/lateness.hpp"

#include <gtest/gtest.h>

namespace cppworker::stats {
namespace {

TEST(Lateness, OneOfAHundredMayBeLate) {
  EXPECT_FALSE(Lateness::is_late(100, 1));
  EXPECT_TRUE(Lateness::is_late(100, 2));
  EXPECT_FALSE(Lateness::is_late(99, 99)) << "too few";
  EXPECT_FALSE(Lateness::is_late(0, 0));
  EXPECT_FALSE(Lateness::is_late(10'000, 100));
  EXPECT_TRUE(Lateness::is_late(10'000, 101));
}

TEST(Lateness, OfSeveralTimesIsTheirSum) {
  Lateness all{.wakeups = 150, .late_times = {{2'000, 1}, {9'000, 1}}, .max_ms = 8.5};
  EXPECT_EQ(all.late(), 2);
  EXPECT_TRUE(all.is_late());
  EXPECT_EQ(all.p99_ms(), 2);
  all.add({.wakeups = 850, .late_times = {{9'000, 3}, {20'000, 5}}, .max_ms = 19});
  EXPECT_EQ(all, (Lateness{.wakeups = 1'000,
                           .late_times = {{2'000, 1}, {9'000, 4}, {20'000, 5}},
                           .max_ms = 19}));
  EXPECT_DOUBLE_EQ(all.late_percent(), 1);
  EXPECT_FALSE(all.is_late());
  EXPECT_EQ(all.p99_ms(), 0) << "99 % are within what is tolerated";
  all.add({.wakeups = 0, .late_times = {{30'000, 1}}, .max_ms = 29});
  EXPECT_EQ(all.p99_ms(), 2);
}

TEST(Lateness, ThePercentileIsAboveZeroIfAndOnlyIfTheThreadIsLate) {
  for (std::int64_t wakeups = 100; wakeups < 420; ++wakeups) {
    for (std::int64_t late = 1; late < 8; ++late) {
      const Lateness one{.wakeups = wakeups, .late_times = {{5'000, late}}, .max_ms = 5};
      EXPECT_EQ(one.p99_ms() > 0, one.is_late()) << wakeups << ' ' << late;
    }
  }
}

}  // namespace
}  // namespace cppworker::stats
