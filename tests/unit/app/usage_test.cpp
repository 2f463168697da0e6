#include "app/usage.hpp"

#include <gtest/gtest.h>

namespace cppworker::app {
namespace {

TEST(Usage, StaysBetweenZeroAndHundred) {
  Usage usage({CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID});
  const double percent = usage.busiest_thread_percent();
  EXPECT_GE(percent, 0);
  EXPECT_LE(percent, 100);
}

TEST(Usage, AThreadWithoutWorkIsAtZeroBesideABusyOne) {
  Usage usage({});
  EXPECT_EQ(usage.busiest_thread_percent(), 0);
}

TEST(Usage, ResidentMemoryIsThatOfARealProcess) {
  EXPECT_GT(Usage::resident_bytes(), 500'000);
  EXPECT_LT(Usage::resident_bytes(), std::int64_t{100} << 30);
}

}  // namespace
}  // namespace cppworker::app
