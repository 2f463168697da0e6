#include "app/usage.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "coro/clock.hpp"

namespace cppworker::app {
namespace {

using std::chrono::seconds;

const Usage::TimePoint kStart{std::chrono::hours{1}};

/// Uses a few milliseconds of this thread's CPU time.
void work() {
  const auto until = coro::read_clock(CLOCK_THREAD_CPUTIME_ID) + std::chrono::milliseconds{5};
  while (coro::read_clock(CLOCK_THREAD_CPUTIME_ID) < until) {
  }
}

TEST(Usage, SaysNothingBeforeASecondHasPassed) {
  Usage usage({CLOCK_THREAD_CPUTIME_ID});
  EXPECT_EQ(usage.busiest_thread_percent(kStart), 0);
  work();
  EXPECT_EQ(usage.busiest_thread_percent(kStart + std::chrono::milliseconds{5}), 0);
}

TEST(Usage, IsTheBusiestThreadsShareOfTheWindow) {
  Usage usage({CLOCK_THREAD_CPUTIME_ID});
  EXPECT_EQ(usage.busiest_thread_percent(kStart), 0);
  work();
  const double one_second = usage.busiest_thread_percent(kStart + seconds{1});
  EXPECT_GT(one_second, 0.4);  // about 5 ms of CPU time in 1 s
  EXPECT_LE(one_second, 100);
  EXPECT_EQ(one_second, std::round(one_second * 10) / 10);
  EXPECT_LT(usage.busiest_thread_percent(kStart + seconds{9}), one_second);
}

TEST(Usage, ForgetsWhatIsOlderThanTheWindow) {
  Usage usage({CLOCK_THREAD_CPUTIME_ID});
  EXPECT_EQ(usage.busiest_thread_percent(kStart), 0);
  work();
  (void)usage.busiest_thread_percent(kStart + seconds{10});
  const double with_the_work = usage.busiest_thread_percent(kStart + seconds{11});
  EXPECT_LT(usage.busiest_thread_percent(kStart + seconds{21}), with_the_work + 0.3);
  EXPECT_LT(usage.busiest_thread_percent(kStart + seconds{22}), 0.3);
}

TEST(Usage, AFullThreadIsNeverMoreThanHundred) {
  Usage usage({CLOCK_PROCESS_CPUTIME_ID});
  (void)usage.busiest_thread_percent(kStart);
  work();
  EXPECT_LE(usage.busiest_thread_percent(kStart + seconds{1}), 100);
}

TEST(Usage, ResidentMemoryIsThatOfARealProcess) {
  EXPECT_GT(Usage::resident_bytes(), 500'000);
  EXPECT_LT(Usage::resident_bytes(), std::int64_t{100} << 30);
}

}  // namespace
}  // namespace cppworker::app
