#include "report/load.hpp"

#include <cmath>
#include <string>

#include <gmock/gmock.h>

namespace cppworker::report {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kLoadBegin = 1'700'000'000;

/// What a server does in a second.
struct Second {
  std::int64_t users = 0;
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  std::int64_t time_us = 1'000;  ///< of successes
};

stats::EntryIncrement entry_of(const Second& second, const std::string& name) {
  stats::EntryIncrement entry;
  entry.name = name;
  entry.method = "GET";
  entry.num_requests = second.requests;
  entry.num_failures = second.failures;
  constexpr std::int64_t kFailed = 100;  // µs: failures are fast
  if (second.failures > 0) {
    entry.response_times[kFailed] += second.failures;
    entry.failed_response_times[kFailed] += second.failures;
  }
  if (second.requests > second.failures) {
    entry.response_times[second.time_us] += second.requests - second.failures;
  }
  return entry;
}

RunReport run_of(const std::vector<Second>& seconds) {
  RunReport report;
  report.began = kLoadBegin;
  report.ended = static_cast<double>(kLoadBegin) + static_cast<double>(seconds.size());
  std::int64_t begin = kLoadBegin;
  for (const Second& second : seconds) {
    stats::StatsIncrement increment;
    increment.total = entry_of(second, "Aggregated");
    increment.entries[{"/a", "GET"}] = entry_of(second, "/a");
    const WorkerLoad load{.users = second.users};
    report.timeline.add(0, begin++, 1, increment, &load);
  }
  return report;
}

/// A ramp of users with one request per second each, on a server that fails above 400 requests/s.
std::vector<Second> ramp_over_limit() {
  std::vector<Second> seconds;
  for (std::int64_t users = 10; users <= 800; users += 10) {
    seconds.push_back({users, users, std::max<std::int64_t>(0, users - 400)});
  }
  return seconds;
}

TEST(Load, OfARampHasTheKneeOfTheServer) {
  const LoadReport load = load_report(run_of(ramp_over_limit()));
  ASSERT_TRUE(load.knee) << load.conclusion;
  EXPECT_EQ(load.knee->axis, Knee::Axis::kRequests);
  EXPECT_EQ(load.knee->requests_per_s, 400);
  EXPECT_EQ(load.knee->users, 400);
  EXPECT_EQ(load.knee->successes_per_s, 400);
  EXPECT_EQ(load.knee->exceptions, 0U);
  EXPECT_THAT(run_markdown(run_of(ramp_over_limit())), HasSubstr('\n' + load.conclusion + '\n'));
  EXPECT_THAT(load.conclusion, StartsWith("The server keeps up to 400 requests/s (400 users). "));
}

TEST(Load, StepsHaveTheFailuresAndTheTimesOfSuccesses) {
  const LoadReport load = load_report(run_of(ramp_over_limit()));
  ASSERT_EQ(load.by_users.size(), 17U);
  const LoadStep& low = load.by_users[2];
  EXPECT_EQ(low.from, 100);
  EXPECT_EQ(low.until, 150);
  EXPECT_EQ(low.seconds, 5);
  EXPECT_EQ(low.users, 120);
  EXPECT_EQ(low.requests, 600);
  EXPECT_EQ(low.failures, 0);
  EXPECT_EQ(low.worst, "");
  const LoadStep& high = load.by_requests[14];
  EXPECT_EQ(high.from, 700);
  EXPECT_EQ(high.requests_per_s, 720);
  EXPECT_EQ(high.failures, 5 * 320);
  EXPECT_EQ(high.p50_ms, 1) << "the fast failures do not count";
  EXPECT_EQ(high.worst, "GET /a");
  EXPECT_EQ(high.worst_failures, high.failures);
  EXPECT_EQ(load.by_requests.back().from, 800);
}

TEST(Load, OfASlowServerHasItsKneeByUsers) {
  // Above 100 users the server makes 100 requests/s; response times grow.
  std::vector<Second> seconds;
  for (std::int64_t users = 5; users <= 300; users += 5) {
    const bool is_over = users > 100;
    seconds.push_back({users, is_over ? 100 + users % 2 : users, 0, is_over ? users * 1'000 : 900});
  }
  const LoadReport load = load_report(run_of(seconds));
  ASSERT_TRUE(load.knee) << load.conclusion;
  EXPECT_EQ(load.knee->axis, Knee::Axis::kUsers);
  EXPECT_EQ(load.knee->users, 100);
  EXPECT_EQ(load.knee->requests_per_s, 100);
}

TEST(Load, OneSlowSecondMovesNoKnee) {
  std::vector<Second> seconds = ramp_over_limit();
  seconds[5].failures = 30;
  seconds[20].time_us = 900'000;
  seconds[70].failures = 0;
  const LoadReport load = load_report(run_of(seconds));
  ASSERT_TRUE(load.knee) << load.conclusion;
  EXPECT_EQ(load.knee->requests_per_s, 400);
  EXPECT_EQ(load.knee->exceptions, 2U) << "failures; the slow second is not bad";
}

TEST(Load, TwoSlowSecondsBelowTheKneeDoNotMoveIt) {
  std::vector<Second> seconds = ramp_over_limit();
  for (const std::size_t place : {37U, 38U}) seconds[place].time_us = 11'000;
  ASSERT_EQ(seconds[39].users, 400);
  const LoadReport load = load_report(run_of(seconds));
  ASSERT_TRUE(load.knee) << load.conclusion;
  EXPECT_EQ(load.knee->requests_per_s, 400);
  EXPECT_EQ(load.knee->exceptions, 0U);
}

TEST(Load, WithoutAKneeSaysWhy) {
  const auto conclusion = [](const std::vector<Second>& seconds) {
    const LoadReport load = load_report(run_of(seconds));
    EXPECT_FALSE(load.knee);
    return load.conclusion;
  };
  EXPECT_THAT(conclusion({}), HasSubstr("no requests"));
  EXPECT_THAT(conclusion({{10, 10, 0}, {20, 20, 10}}), HasSubstr("too short"));
  std::vector<Second> good, bad, mixed;
  for (std::int64_t users = 10; users <= 300; users += 10) {
    good.push_back({users, users, 0});
    bad.push_back({users, users, users / 2});
    mixed.push_back({users, users, users % 20 == 0 ? users / 2 : 0});
  }
  EXPECT_EQ(conclusion(good),
            "No knee: the server kept up at all loads, up to 300 requests/s and 300 users.");
  EXPECT_EQ(conclusion(bad), "No knee: the server did not keep up at any load.");
  EXPECT_THAT(conclusion(mixed), HasSubstr("good and bad points at the same load"));
  bad[0].failures = 0;
  EXPECT_EQ(
      conclusion(bad),
      "No knee: the server kept up in only 1 of 30 points, at low load. At least 3 are needed.");
  // Failures that are fast make a closed loop faster: the rate is not a cause.
  std::vector<Second> same_users(10, {100, 100, 0});
  same_users.resize(20, {100, 5'000, 5'000});
  EXPECT_THAT(conclusion(same_users), HasSubstr("the number of users did not change enough"));
}

}  // namespace
}  // namespace cppworker::report
