#include "stats/request_stats.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "compare.hpp"
#include "golden.hpp"
#include "stats/error_key.hpp"
#include "stats/merge.hpp"

namespace cppworker::stats {
namespace {

constexpr double kNow = 1'700'000'000.5;

TEST(RequestStats, ReportsWhatLocustReports) {
  ASSERT_EQ(golden::stats().at("scenarios").size(), 5U);
  for (const auto& scenario : golden::stats().at("scenarios")) {
    RequestStats stats(scenario.at("start").get<double>());
    std::size_t reports = 0;
    for (const auto& operation : scenario.at("operations")) {
      const std::string kind = operation[0];
      const double now = operation[1];
      if (kind == "request") {
        stats.log_request(operation[2].get<std::string>(), operation[3].get<std::string>(),
                          golden::optional_number(operation[4]), operation[5].get<std::int64_t>(),
                          now);
      } else if (kind == "error") {
        stats.log_error(operation[2].get<std::string>(), operation[3].get<std::string>(),
                        operation[4].get<std::string>(), now);
      } else {
        SCOPED_TRACE("report " + std::to_string(reports));
        expect_same(stats.take_increment(now),
                    golden::increment(scenario.at("reports")[reports++]));
      }
    }
    EXPECT_EQ(reports, scenario.at("reports").size());
  }
}

TEST(RequestStats, HandsOverOnlyWhatHappenedSinceTheLastTime) {
  RequestStats stats(kNow);
  stats.log_request("GET", "/a", 1.0, 10, kNow);
  stats.log_error("GET", "/a", "oops", kNow);
  EXPECT_EQ(stats.take_increment(kNow + 3).total.num_requests, 1);

  stats.log_request("GET", "/b", 2.0, 10, kNow + 4);
  const StatsIncrement second = stats.take_increment(kNow + 6);
  ASSERT_EQ(second.entries.size(), 1U);
  EXPECT_EQ(second.entries.begin()->second.name, "/b");
  EXPECT_EQ(second.total.num_requests, 1);
  EXPECT_EQ(second.total.num_failures, 0);
  EXPECT_EQ(second.total.start_time, kNow + 3);
  EXPECT_TRUE(second.errors.empty());
  EXPECT_TRUE(empty(stats.take_increment(kNow + 9)));
}

TEST(RequestStats, KeepsTheResponseTimesOfFailuresApart) {
  RequestStats stats(kNow);
  stats.log_request("GET", "/a", 250.0, 10, kNow);
  stats.log_request("GET", "/a", 2.0, 10, kNow);
  stats.log_error("GET", "/a", "503", kNow, 2.0);
  stats.log_request("GET", "/a", std::nullopt, 10, kNow);
  stats.log_error("GET", "/a", "no response time", kNow, std::nullopt);
  const StatsIncrement increment = stats.take_increment(kNow + 1);
  const EntryIncrement& entry = increment.entries.begin()->second;
  EXPECT_EQ(entry.response_times, (Counts{{2'000, 1}, {250'000, 1}}));
  EXPECT_EQ(entry.failed_response_times, (Counts{{2'000, 1}}));
  EXPECT_EQ(increment.total.failed_response_times, entry.failed_response_times);
  EXPECT_EQ(entry.response_times.without(entry.failed_response_times), (Counts{{250'000, 1}}));
  EXPECT_EQ(entry.num_failures, 2);
}

TEST(RequestStats, CountsARequestWithoutResponseTimeApart) {
  RequestStats stats(kNow);
  stats.log_request("WS", "push", std::nullopt, 5, kNow);
  stats.log_request("WS", "push", std::numeric_limits<double>::quiet_NaN(), 5, kNow);
  stats.log_request("WS", "push", std::numeric_limits<double>::infinity(), 5, kNow);
  const EntryIncrement total = stats.take_increment(kNow + 1).total;
  EXPECT_EQ(total.num_requests, 3);
  EXPECT_EQ(total.num_none_requests, 3);
  EXPECT_EQ(total.min_response_time, std::nullopt);
  EXPECT_EQ(total.max_response_time, 0);
  EXPECT_EQ(total.total_content_length, 15);
  EXPECT_TRUE(total.response_times.empty());
}

TEST(RequestStats, CountsAFailureWithoutARequest) {
  RequestStats stats(kNow);
  stats.log_error("GET", "/a", "refused", kNow);
  const StatsIncrement taken = stats.take_increment(kNow + 1);
  const EntryIncrement& entry = taken.entries.at({"/a", "GET"});
  EXPECT_EQ(entry.num_requests, 0);
  EXPECT_EQ(entry.num_failures, 1);
  EXPECT_EQ(entry.last_request_timestamp, std::nullopt);
  EXPECT_EQ(taken.errors.at(error_key("GET", "/a", "refused")).occurrences, 1);
}

TEST(RequestStats, ClearForgetsEverything) {
  RequestStats stats(kNow);
  stats.log_request("GET", "/a", 1.0, 10, kNow);
  stats.log_error("GET", "/a", "oops", kNow);
  stats.clear(kNow + 5);
  const StatsIncrement taken = stats.take_increment(kNow + 6);
  EXPECT_TRUE(empty(taken));
  EXPECT_EQ(taken.total.start_time, kNow + 5);
}

TEST(RequestStats, StartsWithTheFirstRequestUnlessToldOtherwise) {
  RequestStats stats;
  stats.log_request("GET", "/a", 1.0, 10, kNow);
  stats.log_request("GET", "/a", 1.0, 10, kNow + 7);
  EXPECT_EQ(stats.take_increment(kNow + 9).total.start_time, 1'700'000'000);
}

TEST(RequestStats, MakesNamesAndFailuresValidUtf8) {
  RequestStats stats(kNow);
  stats.log_request("GET", "/\xFF", 1.0, 0, kNow);
  stats.log_request("GET", "/\xFE", 1.0, 0, kNow);
  stats.log_error("GET", "/\xFF", "bad \xC3", kNow);
  stats.log_error("GET", "/\xEF\xBF\xBD", "bad \xEF\xBF\xBD", kNow);
  const StatsIncrement taken = stats.take_increment(kNow + 1);
  ASSERT_EQ(taken.entries.size(), 1U);
  EXPECT_EQ(taken.entries.at({"/\xEF\xBF\xBD", "GET"}).num_requests, 2);
  ASSERT_EQ(taken.errors.size(), 1U);
  EXPECT_EQ(taken.errors.begin()->second.occurrences, 2);
  EXPECT_EQ(taken.errors.begin()->second.error, "bad \xEF\xBF\xBD");
}

TEST(RequestStats, SeesOneFailureWhereOnlyTheAddressDiffers) {
  RequestStats stats(kNow);
  stats.log_error("GET", "/", "<X object at 0x7f12>", kNow);
  stats.log_error("GET", "/", "<X object at 0x8000>", kNow + 1);
  const StatsIncrement taken = stats.take_increment(kNow + 2);
  ASSERT_EQ(taken.errors.size(), 1U);
  const ErrorIncrement& error = taken.errors.begin()->second;
  EXPECT_EQ(error.error, "<X object at 0x....>");
  EXPECT_EQ(error.occurrences, 2);
  EXPECT_EQ(error.first_seen, kNow);
  EXPECT_EQ(error.last_seen, kNow + 1);
}

TEST(RequestStats, DoesNotOverflowOnAbsurdLengths) {
  RequestStats stats(kNow);
  stats.log_request("GET", "/", 1.0, std::numeric_limits<std::int64_t>::max(), kNow);
  stats.log_request("GET", "/", 1.0, std::numeric_limits<std::int64_t>::max(), kNow);
  EXPECT_EQ(stats.take_increment(kNow).total.total_content_length,
            std::numeric_limits<std::int64_t>::max());
}

/// Few names and failures, but long ones.
void expect_bounded_bytes() {
  const Limits limits{.max_entries = 1000, .max_text_bytes = 10'000};
  RequestStats stats(kNow, limits);
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::string(1000, 'x') + std::to_string(i);
    stats.log_request("GET", text, 1.0, 1, kNow);
    stats.log_error("GET", "/", text, kNow);
  }
  stats.log_request("GET", "/", 1.0, 1, kNow);
  const StatsIncrement taken = stats.take_increment(kNow + 1);
  EXPECT_EQ(taken.total.num_requests, 101);
  EXPECT_LE(taken.entries.size(), 11U);
  EXPECT_LE(taken.errors.size(), 11U);
  EXPECT_EQ(taken.entries.at({"/", "GET"}).num_failures, 100) << "short names still fit";
}

TEST(RequestStats, BoundsNamesAndFailuresAndWarnsOnce) {
  std::ostringstream log;
  const auto previous = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  const Limits limits{.max_entries = 10};
  RequestStats stats(kNow, limits);
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "/item/" + std::to_string(i);
    stats.log_request("GET", name, 1.0, 1, kNow);
    stats.log_error("GET", name, "error " + std::to_string(i), kNow);
  }
  expect_bounded_bytes();
  spdlog::set_default_logger(previous);

  const StatsIncrement taken = stats.take_increment(kNow + 1);
  EXPECT_EQ(taken.total.num_requests, 1000);
  EXPECT_EQ(taken.total.num_failures, 1000);
  ASSERT_EQ(taken.entries.size(), 11U);
  const EntryIncrement& rest = taken.entries.at({overflow_name(limits), ""});
  EXPECT_EQ(rest.num_requests, 990);
  EXPECT_EQ(rest.num_failures, 990);
  EXPECT_EQ(taken.entries.at({"/item/9", "GET"}).num_requests, 1);
  ASSERT_EQ(taken.errors.size(), 11U);
  const std::string rest_key = error_key("", kOtherFailures, overflow_error(limits));
  EXPECT_EQ(taken.errors.at(rest_key).occurrences, 990);

  // The warning is given once per process: this is the only test that causes it.
  const std::string text = log.str();
  const auto first = text.find("More than 10 distinct request names");
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("request names", first + 50), std::string::npos) << text;
  EXPECT_NE(text.find("More than 10 distinct failures"), std::string::npos) << text;
}

TEST(RequestStatsTotal, GoesOnOverReports) {
  RequestStats stats;
  stats.log_request("GET", "/", 3.0, 0, 100);
  stats.log_error("GET", "/", "late", 100);
  (void)stats.take(101);
  stats.log_request("GET", "/other", 5.0, 0, 102);
  stats.log_request("GET", "/other", std::nullopt, 0, 102);
  EXPECT_EQ(stats.total().num_requests, 3);
  EXPECT_EQ(stats.total().num_failures, 1);
  EXPECT_EQ(stats.total().num_timed_requests, 2);
  EXPECT_EQ(stats.total().total_response_time, 8);
  EXPECT_EQ(stats.total().min_response_time, 3);
  EXPECT_EQ(stats.total().max_response_time, 5);
  stats.clear(103);
  EXPECT_EQ(stats.total().num_requests, 0);
}

}  // namespace
}  // namespace cppworker::stats
