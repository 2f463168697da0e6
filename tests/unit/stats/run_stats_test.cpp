#include "stats/run_stats.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "stats/entry_numbers.hpp"

namespace cppworker::stats {
namespace {

StatsIncrement requests(std::int64_t count, std::int64_t microseconds, std::int64_t unix_second) {
  StatsIncrement increment;
  increment.total.num_requests = count;
  increment.total.response_times = {{microseconds, count}};
  increment.total.num_reqs_per_sec = {{unix_second, count}};
  increment.total.last_request_timestamp = static_cast<double>(unix_second) + 0.5;
  increment.total.start_time = 1000;
  EntryIncrement entry = increment.total;
  entry.name = "/";
  entry.method = "GET";
  increment.entries[{"/", "GET"}] = entry;
  return increment;
}

TEST(RunStats, AddsUp) {
  RunStats run;
  run.add(requests(2, 5'000, 1001), 1);
  run.add(requests(3, 7'000, 1002), 2);
  EXPECT_EQ(run.all().total.num_requests, 5);
  EXPECT_EQ(run.all().entries.at({"/", "GET"}).num_requests, 5);
  EXPECT_EQ(response_time_percentile(run.all().total, 0.5), 7);
}

TEST(RunStats, CurrentPercentilesAreThoseOfTheLastTenSeconds) {
  RunStats run;
  run.add(requests(100, 900'000, 1001), 1);
  run.add(requests(1, 5'000, 1005), 5);
  EXPECT_EQ(run.current_total_percentile(0.5, 5), 900);
  EXPECT_EQ(run.current_total_percentile(0.5, 11), 5) << "second 1 is no longer in the window";
  EXPECT_EQ(run.current_percentile({"/", "GET"}, 0.99, 11), 5);
  EXPECT_EQ(run.current_total_percentile(0.5, 15), 0);
  EXPECT_EQ(run.current_percentile({"/nobody", "GET"}, 0.5, 5), 0);
}

TEST(RunStats, ResetKeepsNamesAndClearDoesNot) {
  RunStats run;
  run.add(requests(2, 5'000, 1001), 1);
  run.reset();
  ASSERT_EQ(run.all().entries.size(), 1U);
  EXPECT_EQ(run.all().entries.begin()->second.name, "/");
  EXPECT_EQ(run.all().entries.begin()->second.num_requests, 0);
  EXPECT_EQ(run.all().total.name, "Aggregated");
  EXPECT_EQ(run.current_total_percentile(0.5, 1), 0);
  run.clear();
  EXPECT_TRUE(run.all().entries.empty());
}

TEST(EntryNumbers, CurrentRateLeavesOutTheLastTwoSeconds) {
  EntryIncrement total;
  total.start_time = 1000;
  total.last_request_timestamp = 1020.5;
  const Counts per_second = {{1007, 1000}, {1008, 50}, {1017, 50}, {1018, 1000}, {1020, 1000}};
  EXPECT_EQ(current_rate(per_second, total), 10);
  total.start_time = 1016;
  EXPECT_EQ(current_rate(per_second, total), 25) << "a run of 2 s so far";
}

}  // namespace
}  // namespace cppworker::stats
