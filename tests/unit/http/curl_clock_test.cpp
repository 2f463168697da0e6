#include "http/curl_clock.hpp"

#include <chrono>
#include <ctime>
#include <thread>

#include <gtest/gtest.h>

#include "coro/clock.hpp"
#include "coro/tsan.hpp"

namespace cppworker::http {
namespace {

coro::TimePoint now() { return coro::RealClock().now(); }

/// By a clock that CurlClock leaves alone.
void let_time_pass() {
  const auto read = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  };
  const auto begin = read();
  while (read() < begin + std::chrono::microseconds{10}) {
  }
}

class CurlClockTest : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer's clock_gettime comes first";
#endif
    if (coro::tsan::present()) {
      GTEST_SKIP() << "ThreadSanitizer's clock_gettime comes first";
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
