#include <gtest/gtest.h>

#include "stats/merge.hpp"
#include "unit/user/population_fixture.hpp"
#include "user/shard.hpp"

using namespace std::chrono_literals;

namespace cppworker {
namespace {

/// A shard on a machine whose system clock is set.
class ShardClock : public PopulationTest {
 protected:
  double unix_now() { return shard.unix_time(clock.now()); }
  void request() {
    shard.record({.method = "GET", .name = "/", .response_time = 1ms, .ended = clock.now()});
  }
  /// Does what the control thread does.
  stats::StatsIncrement take() {
    detail::Shard::Taken taken = shard.take_stats();
    stats::StatsIncrement increment = std::move(taken.recording).increment();
    const coro::Duration step = clock.wall().offset(clock.now()) - taken.clock_offset;
    if (coro::WallClock::is_step(step)) {
      stats::shift_times(increment, std::chrono::duration<double>(step).count());
    }
    return increment;
  }
};

TEST_F(ShardClock, IsRightOnceARunBeginsAlthoughItWasSetAfterTheStart) {
  for (const coro::Duration step : {coro::Duration(600s), coro::Duration(-600s)}) {
    const double before = unix_now();
    clock.set_system_clock_forward(step);
    shard.clear_stats();
    EXPECT_NEAR(unix_now(), before + Seconds(step).count(), 1e-3);
    request();
    const stats::EntryIncrement total = take().total;
    EXPECT_NEAR(total.start_time, unix_now(), 1e-3);
    EXPECT_NEAR(*total.last_request_timestamp, unix_now(), 1e-3);
  }
}

TEST_F(ShardClock, AnIncrementInWhichItIsSetHasTheNewTimes) {
  for (const coro::Duration step : {coro::Duration(600s), coro::Duration(-600s)}) {
    shard.clear_stats();
    request();
    clock.advance(1s);
    clock.set_system_clock_forward(step);
    request();
    clock.advance(1s);
    request();
    const stats::StatsIncrement increment = take();
    const double now = unix_now();
    EXPECT_NEAR(increment.total.start_time, now - 2, 1e-3);
    EXPECT_NEAR(*increment.total.last_request_timestamp, now, 1e-3);
    const auto second = static_cast<std::int64_t>(now);
    EXPECT_EQ(increment.total.num_reqs_per_sec,
              (stats::Counts{{second - 2, 1}, {second - 1, 1}, {second, 1}}));
    const stats::EntryIncrement& entry = increment.entries.begin()->second;
    EXPECT_LE(entry.start_time, *entry.last_request_timestamp);

    clock.advance(1s);  // the next recording begins with the new time
    request();
    const stats::EntryIncrement next = take().total;
    EXPECT_NEAR(next.start_time, now, 1e-3);
    EXPECT_NEAR(*next.last_request_timestamp, now + 1, 1e-3);
  }
}

TEST_F(ShardClock, TimesInEventsFollowIt) {
  const double before = unix_now();
  clock.set_system_clock_forward(3h);
  clock.advance(1s);
  EXPECT_NEAR(unix_now(), before + 3 * 3600 + 1, 1e-3);
}

}  // namespace
}  // namespace cppworker
