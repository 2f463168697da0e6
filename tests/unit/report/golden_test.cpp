// The tables and files of the same statistics, byte for byte as stock Locust writes them
// (tests/golden/record_tables.py).
#include "unit/stats/golden.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/json.hpp>

#include "report/csv.hpp"
#include "report/json.hpp"
#include "report/tables.hpp"

namespace cppworker::report {
namespace {

using stats::golden::Json;

const Json& cases() {
  static const Json recorded = [] {
    std::ifstream file(CPPWORKER_GOLDEN_DIR "/locust_tables.json");
    return Json::parse(file);
  }();
  return recorded;
}

/// Calls `check` with each case and its statistics.
template <class Check>
void for_each_case(Check check) {
  ASSERT_GE(cases().size(), 10U);
  for (const Json& one : cases()) check(one, stats::golden::increment(one));
}

TableStyle style(const Json& one) {
  return {.name_width = one.at("width"), .precision = stats::Precision::kLocust};
}

using Lines = std::vector<std::string>;

TEST(Golden, Tables) {
  for_each_case([](const Json& one, const stats::StatsIncrement& stats) {
    EXPECT_EQ(stats_table(stats, true, style(one)), one.at("current").get<Lines>());
    EXPECT_EQ(stats_table(stats, false, style(one)), one.at("total").get<Lines>());
    EXPECT_EQ(percentile_table(stats, style(one)), one.at("percentiles").get<Lines>());
    EXPECT_EQ(error_report(stats, style(one)), one.at("report").get<Lines>());
  });
}

TEST(Golden, CsvFiles) {
  for_each_case([](const Json& one, const stats::StatsIncrement& stats) {
    EXPECT_EQ(stats_csv(stats), one.at("csv_stats").get<std::string>());
    EXPECT_EQ(failures_csv(stats), one.at("csv_failures").get<std::string>());
    EXPECT_EQ(exceptions_csv({{3, "boom, \"quoted\"", "  at a\n  at b\n"}, {1, "", "  at c\n"}}),
              one.at("csv_exceptions").get<std::string>());
    stats::RunStats run;
    run.add(stats::StatsIncrement(stats), 0);
    EXPECT_EQ(history_header() + history_rows(run, {1'700'000'000, 7, 0}, false),
              one.at("csv_history").get<std::string>());
  });
}

TEST(Golden, JsonHasLocustsMembers) {
  for_each_case([](const Json& one, const stats::StatsIncrement& stats) {
    Json expected = Json::array();
    for (const Json& entry : one.at("stats")) expected.push_back(entry);
    const auto by_name = [](const Json& a, const Json& b) {
      return std::pair(a.at("name"), a.at("method")) < std::pair(b.at("name"), b.at("method"));
    };
    std::sort(expected.begin(), expected.end(), by_name);
    EXPECT_EQ(Json::parse(stats_json(stats)), expected);
  });
}

TEST(Golden, JsonIsIndentedAsByLocust) {
  stats::StatsIncrement stats;
  EXPECT_EQ(stats_json(stats), "[]");
  stats::EntryIncrement entry;
  entry.name = "/\"quoted\"";
  entry.method = "GET";
  entry.num_requests = 2;
  entry.total_response_time = 0.7;
  entry.response_times = {{350, 2}};
  entry.num_reqs_per_sec = {{1'700'000'000, 2}};
  stats.entries[{entry.name, entry.method}] = entry;
  EXPECT_EQ(stats_json(stats), R"([
    {
        "name": "/\"quoted\"",
        "method": "GET",
        "last_request_timestamp": null,
        "start_time": 0.0,
        "num_requests": 2,
        "num_none_requests": 0,
        "num_failures": 0,
        "total_response_time": 0.7,
        "max_response_time": 0.0,
        "min_response_time": null,
        "total_content_length": 0,
        "response_times": {
            "0.35": 2
        },
        "num_reqs_per_sec": {
            "1700000000": 2
        },
        "num_fail_per_sec": {}
    }
])");
}

TEST(History, FullHasARowForEachNameWithThePercentilesOfTheLastSeconds) {
  stats::StatsIncrement slow;
  slow.total.num_requests = 1;
  slow.total.response_times = {{9'000'000, 1}};
  stats::EntryIncrement entry = slow.total;
  entry.name = "/a";
  entry.method = "GET";
  slow.entries[{"/a", "GET"}] = entry;
  stats::StatsIncrement quick = slow;
  quick.total.response_times = {{350, 1}};
  quick.entries.begin()->second.response_times = {{350, 1}};

  stats::RunStats run;
  run.add(std::move(slow), 1);
  run.add(std::move(quick), 12);
  const std::string rows = history_rows(run, {1'700'000'000, 3, 12}, true);
  EXPECT_EQ(rows.substr(0, 48), "1700000000,3,GET,/a,0.000000,0.000000,0.35,0.35,") << rows;
  EXPECT_NE(rows.find("\r\n1700000000,3,,Aggregated,0.000000,0.000000,0.35,"), std::string::npos);
  EXPECT_NE(history_rows(run, {1'700'000'000, 3, 12}, false).find(",9000,"), std::string::npos)
      << "without --csv-full-history, percentiles are those of the whole run";
}

}  // namespace
}  // namespace cppworker::report
