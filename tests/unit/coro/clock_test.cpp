#include "coro/clock.hpp"

#include <ctime>
#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

class WallClockTest : public testing::Test {
 protected:
  WallClockTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(output_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(logger);
  }
  ~WallClockTest() override { spdlog::set_default_logger(before_); }

  std::string logged() {
    std::string text = output_.str();
    output_.str("");
    return text;
  }

  Duration offset = 1'700'000'000s;
  TimePoint now{1h};
  WallClock clock{[this] { return offset; }};

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream output_;
};

TEST_F(WallClockTest, FollowsSlewsWithinASecondWithoutLogging) {
  (void)clock.offset(now);
  for (int i = 0; i < 10'000; ++i) {
    offset += 500us;  // per second, the maximum slew of NTP
    EXPECT_EQ(clock.offset(now + 999ms), offset - 500us);
    EXPECT_EQ(clock.offset(now += 1s), offset);
  }
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(WallClockTest, FollowsAStepForwardAndLogsItOnce) {
  (void)clock.offset(now);
  offset += 600s;
  EXPECT_EQ(clock.offset(now += 1s), offset);
  EXPECT_THAT(logged(), HasSubstr("warning The system clock was set forward by 600.0 s, or this "
                                  "machine was suspended."));
  EXPECT_EQ(clock.offset(now += 1s), offset);
  EXPECT_EQ(clock.look(now), offset);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(WallClockTest, FollowsAStepBackAndLogsItOnce) {
  (void)clock.offset(now);
  offset -= 90061500ms;
  EXPECT_EQ(clock.look(now), offset) << "asked for, at once";
  EXPECT_THAT(logged(), HasSubstr("The system clock was set back by 90061.5 s. This"));
  EXPECT_EQ(clock.offset(now += 1s), offset);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(WallClockTest, AChangeOfASecondIsNotAStep) {
  EXPECT_FALSE(WallClock::is_step(1s));
  EXPECT_FALSE(WallClock::is_step(-1s));
  EXPECT_TRUE(WallClock::is_step(1s + 1ns));
  EXPECT_TRUE(WallClock::is_step(-1s - 1ns));
}

TEST_F(WallClockTest, TheSystemClockIsTheRealOne) {
  RealClock real;
  const auto before = std::chrono::system_clock::now().time_since_epoch();
  const TimePoint then = real.now();
  const Duration unix_time = then.time_since_epoch() + real.wall().look(then);
  const auto after = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_GE(unix_time, before - 1s);  // the clock may be slewed, and the thread may be delayed
  EXPECT_LE(unix_time, after + 1s);
  EXPECT_EQ(&real.wall(), &WallClock::system());
}

TEST_F(WallClockTest, TheWallClockOfAVirtualClockCanBeSet) {
  VirtualClock virtual_clock;
  const Duration before = virtual_clock.wall().offset(virtual_clock.now());
  virtual_clock.set_system_clock_forward(-5min);
  EXPECT_EQ(virtual_clock.wall().look(virtual_clock.now()), before - 5min);
}

TEST(ReadClock, ReadsTheKernelsClocks) {
  for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID}) {
    timespec before{};
    ASSERT_EQ(::clock_gettime(clock, &before), 0);
    const Duration read = read_clock(clock);
    timespec after{};
    ASSERT_EQ(::clock_gettime(clock, &after), 0);
    EXPECT_GE(read, std::chrono::seconds{before.tv_sec} + std::chrono::nanoseconds{before.tv_nsec});
    EXPECT_LE(read, std::chrono::seconds{after.tv_sec} + std::chrono::nanoseconds{after.tv_nsec});
  }
}

}  // namespace
}  // namespace cppworker::coro
