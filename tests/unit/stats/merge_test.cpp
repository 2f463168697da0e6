#include "stats/merge.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "compare.hpp"
#include "golden.hpp"
#include "stats/error_key.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::stats {
namespace {

constexpr double kStart = 1'700'000'000;

/// An increment whose sums are exact in any order (quarters of milliseconds).
StatsIncrement random_increment(std::mt19937& random) {
  const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
  RequestStats stats(kStart + below(5));
  for (int i = below(30); i > 0; --i) {
    const double now = kStart + below(5);
    const std::string name = "/" + std::to_string(below(3));
    const std::optional<double> ms =
        below(4) == 0 ? std::nullopt : std::optional(0.25 * below(10'000));
    stats.log_request("GET", name, ms, below(100), now);
    if (below(4) == 0) {
      stats.log_error("GET", name, "error " + std::to_string(below(3)), now, ms);
    }
  }
  return stats.take_increment(kStart + 10);
}

TEST(Merge, DoesWhatAMasterDoesWithReports) {
  for (const auto& sample : golden::stats().at("merged")) {
    StatsIncrement merged;
    for (const auto& report : sample.at("reports")) {
      merge(merged, golden::increment(report));
    }
    expect_same(merged, golden::increment(sample.at("result")));
  }
}

TEST(Merge, GivesTheSameInAnyOrderAndGrouping) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const StatsIncrement a = random_increment(random);
    const StatsIncrement b = random_increment(random);
    const StatsIncrement c = random_increment(random);
    StatsIncrement left = a;
    merge(left, StatsIncrement(b));
    merge(left, StatsIncrement(c));
    StatsIncrement right = c;
    merge(right, StatsIncrement(b));
    StatsIncrement outer = a;
    merge(outer, std::move(right));
    expect_same(left, outer);
  }
}

TEST(Merge, WithAnEmptyIncrementChangesNothing) {
  std::mt19937 random(4);
  const StatsIncrement some = random_increment(random);
  StatsIncrement into = some;
  merge(into, StatsIncrement());
  expect_same(into, some);
  StatsIncrement nothing;
  merge(nothing, StatsIncrement(some));
  expect_same(nothing, some);
}

TEST(Merge, KeepsTheStartOfAnIdleShard) {
  StatsIncrement pending;
  RequestStats early(kStart);
  RequestStats late(kStart + 5);
  merge(pending, early.take_increment(kStart + 6));
  merge(pending, late.take_increment(kStart + 6));
  EXPECT_TRUE(empty(pending));
  EXPECT_EQ(pending.total.start_time, kStart);
  EXPECT_EQ(pending.total.name, "Aggregated");
  EXPECT_EQ(pending.total.min_response_time, std::nullopt);
}

TEST(Merge, StaysBoundedWhileReportsPileUp) {
  const Limits limits{.max_entries = 20};
  StatsIncrement pending;
  for (int report = 0; report < 50; ++report) {
    RequestStats stats(kStart);
    for (int i = 0; i < 10; ++i) {
      const std::string id = std::to_string(report) + "/" + std::to_string(i);
      stats.log_request("GET", id, 1.0, 1, kStart);
      stats.log_error("GET", id, id, kStart);
    }
    merge(pending, stats.take_increment(kStart + 1), limits);
  }
  EXPECT_EQ(pending.total.num_requests, 500);
  EXPECT_EQ(pending.entries.size(), 21U);
  EXPECT_EQ(pending.entries.at({overflow_name(limits), ""}).num_requests, 480);
  EXPECT_EQ(pending.errors.size(), 21U);
  EXPECT_EQ(pending.errors.at(error_key("", kOtherFailures, overflow_error(limits))).occurrences,
            480);
}

TEST(ShiftTimes, MovesAllTimesAndNothingElse) {
  const auto recorded = [](double start) {
    RequestStats stats(start);
    stats.log_request("GET", "/", 1.0, 1, start + 1.5);
    stats.log_request("GET", "/", 1.0, 1, start + 2.5);
    stats.log_error("GET", "/", "oops", start + 2.5);
    return stats.take_increment(start + 3);
  };
  for (const double step : {600.0, -600.0, -86'400.0}) {
    StatsIncrement shifted = recorded(kStart);
    shift_times(shifted, step);
    EXPECT_EQ(shifted, recorded(kStart + step)) << step;
  }
}

TEST(ShiftTimes, LeavesWhatIsNotKnown) {
  StatsIncrement nothing;
  shift_times(nothing, 600);
  EXPECT_EQ(nothing, StatsIncrement());
}

}  // namespace
}  // namespace cppworker::stats
