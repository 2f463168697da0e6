#include "coro/timer_table.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "scale.hpp"

namespace cppworker::coro {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

/// A timer that calls a std::function.
class TestTimer {
 public:
  TestTimer(TimerTable& table, std::function<void()> function)
      : function_{std::move(function)},
        timer_{table, [](void* self) { static_cast<TestTimer*>(self)->function_(); }, this} {}

  Timer& operator*() { return timer_; }
  Timer* operator->() { return &timer_; }

 private:
  std::function<void()> function_;
  Timer timer_;
};

class TimerTableTest : public testing::Test {
 protected:
  /// Advances the time like a scheduler that has nothing else to do.
  void run() {
    while (table.next() != TimePoint::max()) {
      turn(table.next());
    }
  }
  void turn(TimePoint time) {
    now = time;
    table.advance(now);
    table.fire_due(kAll);
  }
  /// The time since the start of the test.
  [[nodiscard]] Duration elapsed() const { return now - begin; }

  const TimePoint begin{5h + 123'456'789ns};
  TimePoint now = begin;
  TimerTable table{begin};
};

TEST_F(TimerTableTest, FiresOnceAtItsDeadline) {
  std::vector<Duration> fired;
  TestTimer timer{table, [&] { fired.push_back(elapsed()); }};
  timer->arm(begin + 2s);
  EXPECT_TRUE(timer->armed());
  run();
  EXPECT_EQ(fired, std::vector<Duration>{2s});
  EXPECT_FALSE(timer->armed());
  EXPECT_EQ(table.armed(), 0U);
}

TEST_F(TimerTableTest, IsNeverEarlyAndLessThanATickLate) {
  std::mt19937_64 random{2};
  std::vector<std::unique_ptr<TestTimer>> timers;
  int fired = 0;
  for (int i = 0; i < 1'000; ++i) {
    const TimePoint deadline = begin + Duration{random() % 10'000'000'000};
    timers.push_back(std::make_unique<TestTimer>(table, [&fired, this, deadline] {
      EXPECT_GE(now, deadline);
      EXPECT_LT(now, deadline + TimerTable::kTick);
      ++fired;
    }));
    (*timers.back())->arm(deadline);
  }
  run();
  EXPECT_EQ(fired, 1'000);
}

TEST_F(TimerTableTest, IsNotEarlyWhenTheClockStopsWithinATick) {
  bool fired = false;
  TestTimer timer{table, [&] { fired = true; }};
  timer->arm(begin + 1'500us);
  turn(begin + 1'999'999ns);
  EXPECT_FALSE(fired);
  turn(begin + 2ms);
  EXPECT_TRUE(fired);
}

TEST_F(TimerTableTest, DoesNotFireWhenCancelled) {
  TestTimer timer{table, [] { FAIL(); }};
  timer->arm(begin + 1s);
  timer->cancel();
  EXPECT_FALSE(timer->armed());
  EXPECT_EQ(table.next(), TimePoint::max());
  turn(begin + 10s);
}

TEST_F(TimerTableTest, FiresAtTheDeadlineThatWasSetLast) {
  for (const Duration last : {1s, 3s}) {
    std::vector<Duration> fired;
    const TimePoint armed_at = now;
    TestTimer timer{table, [&] { fired.push_back(now - armed_at); }};
    timer->arm(now + 2s);
    timer->arm(now + last);
    run();
    EXPECT_EQ(fired, std::vector<Duration>{last});
  }
}

TEST_F(TimerTableTest, FiresAtOnceWhenTheDeadlineHasPassed) {
  turn(begin + 10s);
  bool fired = false;
  TestTimer timer{table, [&] { fired = true; }};
  timer->arm(begin + 1s);
  EXPECT_LE(table.next(), now);
  turn(now);
  EXPECT_TRUE(fired);
}

TEST_F(TimerTableTest, MayBeArmedByItsOwnFunction) {
  std::vector<Duration> fired;
  std::optional<TestTimer> timer;
  timer.emplace(table, [&] {
    fired.push_back(elapsed());
    if (fired.size() < 4) {
      (*timer)->arm(now + 300ms);
    }
  });
  (*timer)->arm(begin + 300ms);
  run();
  EXPECT_EQ(fired, (std::vector<Duration>{300ms, 600ms, 900ms, 1200ms}));
}

TEST_F(TimerTableTest, LeavesTimersArmedInThePastForTheNextTurn) {
  int fired = 0;
  std::optional<TestTimer> timer;
  timer.emplace(table, [&] {
    ++fired;
    (*timer)->arm(begin);
  });
  (*timer)->arm(begin);
  for (int turns = 1; turns <= 3; ++turns) {
    turn(now);
    EXPECT_EQ(fired, turns);
  }
}

TEST_F(TimerTableTest, MayBeDestroyedByItsOwnFunctionAndByAnothers) {
  std::unique_ptr<TestTimer> second;
  std::unique_ptr<TestTimer> first;
  bool destroyed = false;
  first = std::make_unique<TestTimer>(table, [&] {
    second.reset();
    destroyed = true;
    first.reset();
  });
  second = std::make_unique<TestTimer>(table, [] { FAIL(); });
  (*first)->arm(begin + 1s);
  (*second)->arm(begin + 1s);
  run();
  EXPECT_TRUE(destroyed);
  EXPECT_EQ(table.armed(), 0U);
}

TEST_F(TimerTableTest, ANewTimerDoesNotInheritFromAnOldOne) {
  std::optional<TestTimer> old;
  old.emplace(table, [] { FAIL(); });
  (*old)->arm(begin + 1s);
  old.reset();
  std::vector<Duration> fired;
  TestTimer timer{table, [&] { fired.push_back(elapsed()); }};  // reuses the id
  turn(begin + 500ms);
  timer->arm(begin + 3s);
  run();
  EXPECT_EQ(fired, std::vector<Duration>{3s});
}

TEST_F(TimerTableTest, ReachesVeryFarDeadlines) {
  constexpr Duration kYear = 365 * 24h;
  std::vector<Duration> fired;
  TestTimer timer{table, [&] { fired.push_back(elapsed()); }};
  TestTimer near{table, [&] { fired.push_back(elapsed()); }};
  timer->arm(begin + kYear);
  near->arm(begin + 1s);
  run();
  EXPECT_EQ(fired, (std::vector<Duration>{1s, kYear}));
}

TEST_F(TimerTableTest, NeverFiresAtTimePointMax) {
  TestTimer timer{table, [] { FAIL(); }};
  timer->arm(TimePoint::max());
  EXPECT_TRUE(timer->armed());
  EXPECT_EQ(table.armed(), 0U);
  EXPECT_EQ(table.next(), TimePoint::max());
  turn(begin + 1'000h);
  timer->cancel();
  EXPECT_FALSE(timer->armed());
}

TEST_F(TimerTableTest, FiresABoundedNumberPerCall) {
  int fired = 0;
  std::vector<std::unique_ptr<TestTimer>> timers;
  for (int i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<TestTimer>(table, [&] { ++fired; }));
    (*timers.back())->arm(begin + 1s);
  }
  table.advance(begin + 1s);
  table.fire_due(40);
  EXPECT_EQ(fired, 40);
  EXPECT_LE(table.next(), begin + 1s);
  table.fire_due(40);
  table.fire_due(40);
  EXPECT_EQ(fired, 100);
}

TEST_F(TimerTableTest, CatchesUpAfterALongBlock) {
  std::string fired;
  TestTimer a{table, [&] { fired += 'a'; }};
  TestTimer b{table, [&] { fired += 'b'; }};
  TestTimer c{table, [&] { fired += 'c'; }};
  c->arm(begin + 10 * 24h);
  a->arm(begin + 1s);
  b->arm(begin + 2h);
  turn(begin + 11 * 24h);
  EXPECT_EQ(fired, "abc");
}

TEST_F(TimerTableTest, KeepsNoEntryPerCancelledTimeout) {
  TestTimer timeout{table, [] { FAIL(); }};
  for (int request = 0; request < 100'000; ++request) {
    timeout->arm(now + 60s);
    turn(now + 1ms);
    timeout->cancel();
  }
  EXPECT_LE(table.wheel().size(), 1U);
}

TEST_F(TimerTableTest, KeepsNoEntryPerShortLivedTimer) {
  for (int request = 0; request < 100'000; ++request) {
    TestTimer timeout{table, [] { FAIL(); }};
    timeout->arm(now + 60s);
  }
  EXPECT_LE(table.wheel().size(), 1U);
}

TEST_F(TimerTableTest, RemovesEntriesThatEarlierDeadlinesReplaced) {
  TestTimer timer{table, [] {}};
  for (unsigned i = 0; i < kMillion; ++i) {
    timer->arm(begin + 3'000s - i * 1ms);  // each earlier than the one before
    if (i % 1'000 == 0) {
      turn(now + 1us);
    }
  }
  EXPECT_LT(table.wheel().size(), 100'000U);
  timer->arm(begin + 4'000s);
  run();
  EXPECT_FALSE(timer->armed());
}

TEST_F(TimerTableTest, SupportsAMillionTimers) {
  std::mt19937_64 random{3};
  unsigned fired = 0;
  std::vector<std::unique_ptr<Timer>> timers;
  for (unsigned i = 0; i < kMillion; ++i) {
    timers.push_back(std::make_unique<Timer>(
        table, [](void* count) { ++*static_cast<unsigned*>(count); }, &fired));
    timers.back()->arm(begin + Duration{random() % 60'000'000'000});
  }
  EXPECT_EQ(table.armed(), kMillion);
  run();
  EXPECT_EQ(fired, kMillion);
}

}  // namespace
}  // namespace cppworker::coro
