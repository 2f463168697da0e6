#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/lag_meter.hpp"
#include "coro/scheduler.hpp"
#include "support/coroutine_test.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

TEST(LagMeter, ReturnsTheNinetyNinthPercentile) {
  LagMeter meter;
  for (int i = 1; i <= 1000; ++i) {
    meter.record(std::chrono::microseconds{i});
  }
  const Lag lag = meter.take();
  EXPECT_EQ(lag.count, 1000U);
  EXPECT_EQ(lag.max, 1000us);
  EXPECT_GE(lag.p99, 990us);
  EXPECT_LE(lag.p99, 990us * 9 / 8);
  std::uint64_t sum = 0;
  Duration last{-1};
  for (const auto& [bound, count] : lag.counts) {
    EXPECT_GT(bound, last);
    last = bound;
    sum += count;
  }
  EXPECT_EQ(sum, 1000U);
  EXPECT_EQ(last, 1000us);
  EXPECT_EQ(meter.take().count, 0U);
}

TEST(LagMeter, IsNeverTooLowAndAtMostAnEighthTooHigh) {
  for (std::int64_t value = 1; value < 1'000'000'000'000; value = value * 3 + 1) {
    LagMeter meter;
    for (int i = 0; i < 200; ++i) {
      meter.record(Duration{value});
    }
    meter.record(Duration{value} * 1000);
    const std::int64_t p99 = meter.take().p99.count();
    if (value < 200'000'000'000) {
      EXPECT_GE(p99, value);
      EXPECT_LE(p99, value + value / 8);
    }
  }
}

TEST(LagMeter, IsZeroWithoutRecords) {
  const Lag lag = LagMeter().take();
  EXPECT_EQ(lag.p99, 0ms);
  EXPECT_EQ(lag.max, 0ms);
}

COROUTINE_TEST(Lag, AWaitIsNotLag) {
  this_coroutine::sleep_until(clock.now() + 10s);
  EXPECT_EQ(scheduler.take_lag().max, 0s);
}

COROUTINE_TEST(Lag, IsTheTimeThatOthersBlockTheThread) {
  scheduler.take_lag();
  Coroutine& self = *scheduler.running();
  for (int i = 0; i < 3; ++i) {
    scheduler.spawn([&] { clock.advance(10ms); });
  }
  scheduler.post([&] { self.resume(); });  // the others are ready first
  this_coroutine::suspend();
  const Lag lag = scheduler.take_lag();
  EXPECT_EQ(lag.max, 30ms);
  EXPECT_EQ(lag.count, 1U) << "those that begin have waited for nothing";
}

COROUTINE_TEST(Lag, AYieldIsNotLag) {
  scheduler.take_lag();
  scheduler.spawn([&] { clock.advance(10ms); });
  this_coroutine::yield();
  EXPECT_EQ(scheduler.take_lag().count, 0U);
}

COROUTINE_TEST(Lag, CountsTheTurnDuringWhichTheKernelHadTheAnswer) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
  scheduler.spawn([&] {
    EXPECT_EQ(::write(sockets[1], "x", 1), 1);
    clock.advance(25ms);
  });
  scheduler.take_lag();
  this_coroutine::wait_readable(sockets[0], TimePoint::max());
  EXPECT_EQ(scheduler.take_lag().max, 25ms);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

}  // namespace
}  // namespace cppworker::coro
