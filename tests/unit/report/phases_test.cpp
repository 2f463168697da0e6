#include "report/phases.hpp"

#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cppworker/json.hpp>

#include "report/run_report.hpp"
#include "report/samples.hpp"

namespace cppworker::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using PhasesJson = nlohmann::json;

/// Two entries; the connection of the first one was new in one of its four requests.
stats::Phases two_entries() {
  stats::Phases phases;
  phases[{"/a|b", "GET"}] = {.requests = 4,
                             .new_connections = 1,
                             .phases = {{{},
                                         {1, 0.5, 0.5, 0.5, {{500, 1}}},
                                         {},
                                         {4, 0.08, 0.02, 0.02, {{20, 4}}},
                                         {4, 50, 10, 20, {{10'000, 3}, {20'000, 1}}},
                                         {3, 0.03, 0.01, 0.01, {{10, 3}}}}}};
  phases[{"/c", "POST"}] = {.requests = 1,
                            .new_connections = 0,
                            .phases = {{{}, {}, {}, {}, {1, 250, 250, 250, {{250'000, 1}}}, {}}}};
  return phases;
}

TEST(Phases, InJson) {
  const auto json = PhasesJson::parse(to_json(phases_json(two_entries())));
  const auto& row = json["entries"][0];
  EXPECT_EQ(row["type"], "GET");
  EXPECT_EQ(row["name"], "/a|b");
  EXPECT_EQ(row["requests"], 4);
  EXPECT_EQ(row["new_connections"], 1);
  EXPECT_TRUE(row["dns"].is_null());
  EXPECT_EQ(row["connect"]["requests"], 1);
  EXPECT_EQ(row["wait"]["requests"], 4);
  EXPECT_EQ(row["wait"]["average_ms"], 12.5);
  EXPECT_EQ(row["wait"]["minimum_ms"], 10);
  EXPECT_EQ(row["wait"]["median_ms"], 10);
  EXPECT_EQ(row["wait"]["p99_ms"], 20);
  EXPECT_EQ(row["wait"]["maximum_ms"], 20);
  EXPECT_EQ(json["total"]["name"], "Aggregated");
  EXPECT_EQ(json["total"]["requests"], 5);
  EXPECT_EQ(json["total"]["wait"]["average_ms"], 60);
  EXPECT_EQ(json["entries"].size(), 2U);
}

TEST(Phases, InATable) {
  const TableStyle style{.name_width = 10};
  EXPECT_THAT(
      phase_table(two_entries(), style),
      ElementsAre(
          "Phases of requests (ms)",
          "Type     Name       Phase      # reqs |     Avg      Med      95%      99%      Max | "
          "new connections",
          "--------|----------|--------|---------|--------|--------|--------|--------|---------|-"
          "---------------",
          "GET      /a|b       connect         1 |   0.500    0.500    0.500    0.500    0.500 | "
          "              1",
          "GET      /a|b       send            4 |   0.020    0.020    0.020    0.020    0.020 |",
          "GET      /a|b       wait            4 |   12.50    10.00    20.00    20.00    20.00 |",
          "GET      /a|b       receive         3 |   0.010    0.010    0.010    0.010    0.010 |",
          "POST     /c         wait            1 |     250      250      250      250      250 | "
          "              0",
          "--------|----------|--------|---------|--------|--------|--------|--------|---------|-"
          "---------------",
          "         Aggregated connect         1 |   0.500    0.500    0.500    0.500    0.500 | "
          "              1",
          "         Aggregated send            4 |   0.020    0.020    0.020    0.020    0.020 |",
          "         Aggregated wait            5 |   60.00    10.00      250      250      250 |",
          "         Aggregated receive         3 |   0.010    0.010    0.010    0.010    0.010 |"));
}

TEST(Phases, InMarkdown) {
  const std::string text = phases_markdown(two_entries());
  EXPECT_THAT(text,
              HasSubstr("| GET | /a\\|b | 4 | 1 | – | 0.500 | – | 0.020 | 12.50 | 0.010 |\n"));
  EXPECT_THAT(text, HasSubstr("|  | Aggregated | 5 | 1 |"));
  stats::Phases many;
  for (int i = 0; i < 500; ++i) many[{std::string(300, 'x') + std::to_string(i), "GET"}] = {};
  EXPECT_THAT(phases_markdown(many), HasSubstr("\n400 more names are not shown.\n"));
}

TEST(Phases, ThatWereNotMeasuredAreNotInReports) {
  EXPECT_TRUE(phases_json({}).is_none());
  EXPECT_THAT(phase_table({}, {}), IsEmpty());
  EXPECT_EQ(phases_markdown({}), "");
  EXPECT_TRUE(PhasesJson::parse(run_json(RunReport()))["phases"].is_null());
}

TEST(Phases, OfARunAreInItsReports) {
  RunReport report;
  report.all.phases = two_entries();
  EXPECT_EQ(PhasesJson::parse(run_json(report))["phases"]["entries"][1]["name"], "/c");
  EXPECT_THAT(run_markdown(report), HasSubstr("| POST | /c | 1 | 0 |"));
  EXPECT_THAT(run_tables(report, 10), testing::Contains("Phases of requests (ms)"));
}

failures::Sample timed_sample() {
  failures::Sample sample{.method = "GET", .name = "/a", .error = "no"};
  sample.request = {.method = "GET", .url = "https://host/a"};
  sample.response_time_ms = 20;
  return sample;
}

TEST(Phases, OfASampleAreTheTimingsOfHar) {
  failures::Sample sample = timed_sample();
  sample.phases = stats::PhaseTimes{.ms = {1, 2, 4, 0.5, 8, -1}, .new_connections = 1};
  const auto timings = PhasesJson::parse(samples_har({sample}))["log"]["entries"][0]["timings"];
  EXPECT_EQ(timings, PhasesJson::parse(R"({"blocked": 4.5, "dns": 1, "connect": 6, "ssl": 4,
                                          "send": 0.5, "wait": 8, "receive": 0})"));
  const auto json = PhasesJson::parse(to_json(sample_json(sample)));
  EXPECT_EQ(json["phases_ms"],
            PhasesJson::parse(R"({"dns": 1, "connect": 2, "tls": 4, "send": 0.5, "wait": 8})"));

  sample.phases->ms = {-1, -1, -1, 0.5, 19.5, -1};  // over a kept connection
  const auto kept = PhasesJson::parse(samples_har({sample}))["log"]["entries"][0]["timings"];
  EXPECT_EQ(kept, PhasesJson::parse(R"({"blocked": 0, "dns": -1, "connect": -1, "ssl": -1,
                                       "send": 0.5, "wait": 19.5, "receive": 0})"));
}

TEST(Phases, OfASampleThatHasNoneAreItsResponseTime) {
  const auto har = PhasesJson::parse(samples_har({timed_sample()}));
  EXPECT_EQ(har["log"]["entries"][0]["timings"],
            PhasesJson::parse(R"({"send": 0, "wait": 20, "receive": 0})"));
  EXPECT_TRUE(PhasesJson::parse(to_json(sample_json(timed_sample())))["phases_ms"].is_null());
}

}  // namespace
}  // namespace cppworker::report
