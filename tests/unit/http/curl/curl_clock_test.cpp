#include "http/curl/curl_clock.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "coro/clock.hpp"
#include "http/curl/libraries.hpp"

namespace cppworker::http {
namespace {

coro::TimePoint now() { return coro::RealClock().now(); }

/// By a clock that CurlClock leaves alone.
void let_time_pass() {
  const auto until = coro::read_clock(CLOCK_MONOTONIC_RAW) + std::chrono::microseconds{10};
  while (coro::read_clock(CLOCK_MONOTONIC_RAW) < until) {
  }
}

class CurlClockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (sanitizer_watches()) {
      GTEST_SKIP() << "the sanitizer's clock_gettime comes first";
    }
  }
};

TEST_F(CurlClockTest, StandsStillForSomeLooksOnly) {
  const CurlClock clock;
  const auto first = now();
  let_time_pass();
  EXPECT_EQ(now(), first);
  EXPECT_EQ(std::chrono::steady_clock::now(), first) << "libraries look at it, too";
  for (int i = 0; i < 32; ++i) {
    static_cast<void>(now());
  }
  EXPECT_GT(now(), first);
}

TEST_F(CurlClockTest, IsRenewedForWhatIsReported) {
  const CurlClock clock;
  const auto first = now();
  let_time_pass();
  CurlClock::renew();
  EXPECT_GT(now(), first);
}

TEST_F(CurlClockTest, IsRightAtTheBeginningAndAfterwards) {
  auto before = now();
  for (int i = 0; i < 3; ++i) {
    let_time_pass();
    const CurlClock clock;
    EXPECT_GT(now(), before);
    before = now();
  }
  let_time_pass();
  EXPECT_GT(now(), before);
}

TEST_F(CurlClockTest, IsOneThreadsOnly) {
  const CurlClock clock;
  const auto frozen = now();
  let_time_pass();
  coro::TimePoint elsewhere{};
  std::thread([&] { elsewhere = now(); }).join();
  EXPECT_GT(elsewhere, frozen);
  EXPECT_EQ(now(), frozen);
}

}  // namespace
}  // namespace cppworker::http
