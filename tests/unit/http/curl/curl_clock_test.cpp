#include "http/curl/curl_clock.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "coro/clock.hpp"

namespace cppworker::http {
namespace {

/// As libcurl reads the clock: through the process's clock_gettime().
coro::TimePoint library_now() { return std::chrono::steady_clock::now(); }
/// As this project's code reads it.
coro::TimePoint now() { return coro::RealClock().now(); }

void let_time_pass() {
  const auto until = now() + std::chrono::microseconds{10};
  while (now() < until) {
  }
}

class CurlClockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!CurlClock::in_effect()) {
      GTEST_SKIP() << "left out of the build, or a sanitizer's clock_gettime comes first";
    }
  }
};

TEST_F(CurlClockTest, StandsStillForSomeReadingsOfLibraries) {
  const CurlClock clock;
  const auto first = library_now();
  let_time_pass();
  EXPECT_EQ(library_now(), first);
  for (int i = 0; i < 32; ++i) {
    static_cast<void>(library_now());
  }
  EXPECT_GT(library_now(), first);
}

TEST_F(CurlClockTest, DoesNotTouchOtherClocks) {
  const CurlClock clock;
  const auto first = coro::read_clock(CLOCK_THREAD_CPUTIME_ID);
  const auto wall = std::chrono::system_clock::now();
  static_cast<void>(library_now());
  let_time_pass();
  EXPECT_GT(coro::read_clock(CLOCK_THREAD_CPUTIME_ID), first);
  EXPECT_GT(std::chrono::system_clock::now(), wall);
}

TEST(CurlClock, OurOwnClockIsAlwaysRight) {
  const CurlClock clock;
  static_cast<void>(library_now());
  for (int i = 0; i < 3; ++i) {
    const auto before = now();
    let_time_pass();
    EXPECT_GE(now(), before + std::chrono::microseconds{10});
  }
}

TEST_F(CurlClockTest, IsRightAtTheBeginningAndAfterwards) {
  auto before = library_now();
  for (int i = 0; i < 3; ++i) {
    let_time_pass();
    const CurlClock clock;
    EXPECT_GT(library_now(), before);
    before = library_now();
  }
  let_time_pass();
  EXPECT_GT(library_now(), before);
}

TEST_F(CurlClockTest, ConcernsOneThreadOnly) {
  const CurlClock clock;
  const auto frozen = library_now();
  let_time_pass();
  coro::TimePoint elsewhere{};
  std::thread([&] { elsewhere = library_now(); }).join();
  EXPECT_GT(elsewhere, frozen);
  EXPECT_EQ(library_now(), frozen);
}

}  // namespace
}  // namespace cppworker::http
