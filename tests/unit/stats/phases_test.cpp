#include "stats/phases.hpp"

#include <string>

#include <gmock/gmock.h>

#include "stats/merge.hpp"
#include "stats/request_stats.hpp"
#include "stats/run_stats.hpp"

namespace cppworker::stats {
namespace {

using testing::IsEmpty;

PhaseTimes wait_and_receive(double wait_ms, double receive_ms) {
  PhaseTimes times;
  times.add(Phase::kWait, wait_ms);
  times.add(Phase::kReceive, receive_ms);
  return times;
}

StatsIncrement increment_with(const std::string& name, const PhaseTimes& times, int requests = 1) {
  RequestStats stats(0, {}, Precision::kTwoDigits);
  for (int i = 0; i < requests; ++i) {
    stats.log_request("GET", name, 1, 0, 10);
    stats.log_phases("GET", name, times, 10);
  }
  return stats.take_increment(11);
}

TEST(Phases, OfARequestThatHappenSeveralTimesAreSums) {
  PhaseTimes times = wait_and_receive(2, 3);
  times.new_connections = 1;
  PhaseTimes more;
  more.add(Phase::kConnect, 0);
  more.add(Phase::kWait, 4);
  more.new_connections = 1;
  times.add(more);
  EXPECT_THAT(times.ms, testing::ElementsAre(-1, 0, -1, -1, 6, 3));
  EXPECT_EQ(times.new_connections, 2);
}

TEST(Phases, AreCountedByEntryAndPhase) {
  RequestStats stats(0, {}, Precision::kTwoDigits);
  PhaseTimes first = wait_and_receive(2.34, 0.125);
  first.add(Phase::kConnect, 0.5);
  first.new_connections = 1;
  stats.log_phases("GET", "/a", first, 10);
  stats.log_phases("GET", "/a", wait_and_receive(8, 0.375), 10);
  const Phases phases = stats.take_increment(11).phases;
  ASSERT_EQ(phases.size(), 1U);
  const EntryPhases& entry = phases.at({"/a", "GET"});
  EXPECT_EQ(entry.requests, 2);
  EXPECT_EQ(entry.new_connections, 1);
  EXPECT_EQ(entry[Phase::kDns], PhaseIncrement());
  EXPECT_EQ(entry[Phase::kConnect], (PhaseIncrement{1, 0.5, 0.5, 0.5, {{500, 1}}}));
  EXPECT_EQ(entry[Phase::kWait], (PhaseIncrement{2, 10.34, 2.34, 8, {{2'300, 1}, {8'000, 1}}}));
  EXPECT_EQ(entry[Phase::kReceive], (PhaseIncrement{2, 0.5, 0.125, 0.375, {{120, 1}, {380, 1}}}));
  EXPECT_THAT(stats.take_increment(12).phases, IsEmpty()) << "each is delivered once";
}

TEST(Phases, WithoutAnyCostNothingInAnIncrement) {
  RequestStats stats;
  stats.log_request("GET", "/a", 1, 0, 10);
  EXPECT_THAT(stats.take_increment(11).phases, IsEmpty());
}

TEST(Phases, OfIncrementsAreAddedUp) {
  StatsIncrement sum;
  merge(sum, increment_with("/a", wait_and_receive(1, 1), 3));
  merge(sum, increment_with("/b", wait_and_receive(5, 1)));
  merge(sum, increment_with("/a", wait_and_receive(4, 2)));
  const EntryPhases& entry = sum.phases.at({"/a", "GET"});
  EXPECT_EQ(entry.requests, 4);
  EXPECT_EQ(entry[Phase::kWait], (PhaseIncrement{4, 7, 1, 4, {{1'000, 3}, {4'000, 1}}}));
  const EntryPhases total = total_of(sum.phases);
  EXPECT_EQ(total.requests, 5);
  EXPECT_EQ(total[Phase::kWait],
            (PhaseIncrement{5, 12, 1, 5, {{1'000, 3}, {4'000, 1}, {5'000, 1}}}));
}

TEST(Phases, OfNamesAboveTheLimitShareARow) {
  const Limits limits{.max_entries = 2};
  Phases sum;
  for (const char* name : {"/a", "/b", "/c", "/d", "/a"}) {
    merge(sum, increment_with(name, wait_and_receive(1, 1)).phases, limits);
  }
  EXPECT_EQ(sum.size(), 3U);
  EXPECT_EQ(sum.at({"/a", "GET"}).requests, 2);
  EXPECT_EQ(sum.at({overflow_name(limits), ""}).requests, 2);
}

TEST(Phases, AreForgottenByAReset) {
  RunStats run;
  run.add(increment_with("/a", wait_and_receive(1, 1)), 1);
  EXPECT_EQ(run.all().phases.size(), 1U);
  run.reset();
  EXPECT_THAT(run.all().phases, IsEmpty());
}

TEST(Phases, HaveASummary) {
  StatsIncrement sum;
  merge(sum, increment_with("/a", wait_and_receive(1, 1), 97));
  merge(sum, increment_with("/a", wait_and_receive(20, 1)));
  merge(sum, increment_with("/a", wait_and_receive(31.5, 1), 2));
  EXPECT_EQ(summary(sum.phases.at({"/a", "GET"})[Phase::kWait]),
            (PhaseSummary{.count = 100,
                          .average_ms = 1.8,
                          .median_ms = 1,
                          .p95_ms = 1,
                          .p99_ms = 31.5,  // not 32, the key of its bucket
                          .max_ms = 31.5}));
  EXPECT_EQ(summary(PhaseIncrement()), PhaseSummary());
}

}  // namespace
}  // namespace cppworker::stats
