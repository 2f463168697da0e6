#include "app/lag_watch.hpp"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "coro/timers.hpp"
#include "report/generator.hpp"

namespace cppworker::app {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBegin = 1'700'000'000;

struct Watched {
  std::vector<stats::Lateness> warnings;
  report::GeneratorVerdict verdict;
};

/// A thread with a wake-up every `pause` for `length`, watched once a second. In the seconds from
/// 12 to 15, something holds the thread before each tenth wake-up for this time.
Watched watched(coro::Duration pause, coro::Duration held, std::chrono::seconds length) {
  Watched result;
  report::Generator generator;
  coro::VirtualClock clock;
  const coro::TimePoint began = clock.now();
  coro::Scheduler scheduler{clock, {}};
  LagWatch watch{scheduler, [&](const stats::Lateness& lateness, const LagWatch::Load& load) {
                   result.warnings.push_back(lateness);
                   EXPECT_NEAR(load.seconds, 10, 0.1);
                   EXPECT_GT(load.running, 0);
                   EXPECT_GE(load.kept_waiting, 0);
                 }};
  scheduler.spawn([&] {
    for (std::int64_t second = 0; second < length.count(); ++second) {
      coro::this_coroutine::sleep_until(began + std::chrono::seconds{second + 1});
      const stats::Lateness lateness = lateness_of(watch.look());
      generator.add_second(0, 0, kBegin + second, lateness.wakeups, lateness.late());
      generator.add_times(0, 0, lateness.late_times, lateness.max_ms);
    }
    scheduler.stop();
  });
  scheduler.spawn([&] {
    for (coro::Duration at = pause; at < length; at += pause) {
      coro::this_coroutine::sleep_until(began + at);
      if (at >= 12s && at < 15s && at / pause % 10 == 0) {
        scheduler.spawn([&clock, held] { clock.advance(held); });
        scheduler.post([] {});
      }
    }
  });
  scheduler.run();
  result.verdict = generator.verdict({});
  return result;
}

TEST(LagWatch, IsSilentIfTheThreadKeepsUp) {
  const Watched run = watched(5ms, 10us, 25s);
  EXPECT_TRUE(run.warnings.empty());
  EXPECT_TRUE(run.verdict.late_seconds.empty());
  EXPECT_EQ(run.verdict.outcome, report::GeneratorVerdict::Outcome::kSound);
}

TEST(LagWatch, WarnsOfLateWakeUps) {
  const Watched run = watched(5ms, 27ms, 20s);
  ASSERT_FALSE(run.warnings.empty());
  EXPECT_GT(run.warnings.front().p99_ms(), 10);
  EXPECT_LE(run.warnings.front().p99_ms(), run.warnings.front().max_ms);
  EXPECT_EQ(run.verdict.outcome, report::GeneratorVerdict::Outcome::kNotSound);
  EXPECT_EQ(run.verdict.late_seconds,
            (std::vector<report::GeneratorVerdict::Range>{{kBegin + 12, kBegin + 15}}));
}

/// The warning is about ten seconds, the verdict about the run.
TEST(LagWatch, TheVerdictNamesTheSecondsOfAWarningAlsoIfTheRunIsSound) {
  const Watched run = watched(5ms, 27ms, 300s);
  ASSERT_FALSE(run.warnings.empty());
  EXPECT_EQ(run.verdict.outcome, report::GeneratorVerdict::Outcome::kSound);
  EXPECT_EQ(run.verdict.late_seconds_count(), 3);
}

TEST(LagWatch, TheVerdictNamesTheSecondsOfAWarningAlsoIfTheyHaveFewWakeUps) {
  const Watched run = watched(40ms, 130ms, 300s);  // 25 in a second
  ASSERT_FALSE(run.warnings.empty());
  EXPECT_GE(run.verdict.late_seconds_count(), 1);
}

TEST(LagWatch, ForgetsWhatWasBeforeARun) {
  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {}};
  int warnings = 0;
  LagWatch watch{scheduler, [&](const auto&, const auto&) { ++warnings; }};
  scheduler.spawn([&] {
    for (int i = 0; i < 200; ++i) {
      scheduler.spawn([&clock] { clock.advance(2ms); });
      coro::this_coroutine::sleep_until(clock.now() + 50ms);
    }
    watch.forget();
    EXPECT_EQ(watch.look().count, 0U);
    coro::this_coroutine::sleep_until(clock.now() + 10s);
    (void)watch.look();
  });
  scheduler.run_until_idle();
  EXPECT_EQ(warnings, 0);
}

}  // namespace
}  // namespace cppworker::app
