#include "report/run_report.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "text/utf8.hpp"

namespace cppworker::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::int64_t kReportBegin = 1'700'000'000;

stats::EntryIncrement four_requests(const std::string& name) {
  stats::EntryIncrement entry;
  entry.name = name;
  entry.method = "GET";
  entry.start_time = kReportBegin;
  entry.last_request_timestamp = kReportBegin + 4;
  entry.num_requests = 4;
  entry.num_failures = 1;
  entry.total_response_time = 1.5;
  entry.max_response_time = 0.75;
  entry.min_response_time = 0.25;
  entry.total_content_length = 40;
  entry.response_times = {{350, 3}, {750, 1}};
  return entry;
}

RunReport sample_report(int names = 1) {
  RunReport report;
  report.sources.push_back(
      {.file = "run.cwr", .facts = {{"threads", 2}}, .is_complete = true, .exit_code = 0});
  report.began = kReportBegin + 0.5;
  report.ended = kReportBegin + 4;
  report.all.total = four_requests("Aggregated");
  report.all.total.method.clear();
  for (int i = 0; i < names; ++i) {
    const std::string name = "/a|b/" + std::to_string(i);
    report.all.entries[{name, "GET"}] = four_requests(name);
  }
  report.all.errors["key"] = {"/a|b/0", "GET",        "CatchResponseError('it\\'s\\n<b>')",
                              1,        kReportBegin, kReportBegin};
  const WorkerLoad load{.users = 3, .cpu_percent = 12.5};
  report.timeline.add(0, kReportBegin, 1, report.all, &load);
  Generator generator;
  generator.add_second(0, 0, kReportBegin, 200, 0);
  report.generator = generator.verdict(report.all);
  return report;
}

TEST(RunJson, HasTheFigures) {
  RunReport report = sample_report();
  report.verdicts.push_back({"p95 > 1s", true, "2 s", "after 3 s"});
  report.exceptions.push_back({2, "boom", "  at a\n"});
  report.events.push_back({kReportBegin + 1.0, "Ramping"});
  const auto json = nlohmann::json::parse(run_json(report));
  EXPECT_EQ(json["format"], "cpp-worker report");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["files"][0]["facts"]["threads"], 2);
  EXPECT_EQ(json["thresholds"][0]["note"], "after 3 s");
  EXPECT_EQ(json["exceptions"][0]["count"], 2);
  EXPECT_EQ(json["events"][0]["text"], "Ramping");
  EXPECT_EQ(json["failures"][0]["count"], 1);
  const auto& one = json["entries"][0];
  EXPECT_EQ(one["requests"], 4);
  EXPECT_EQ(one["average_ms"], 0.375);
  EXPECT_EQ(one["median_ms"], 0.35);
  EXPECT_EQ(one["percentiles_ms"]["95%"], 0.75);
  EXPECT_EQ(one["requests_per_s"], 1.0);
  const auto& series = json["series"];
  EXPECT_EQ(json["generator"]["sound"], true);
  EXPECT_EQ(series["span_s"], 1);
  EXPECT_EQ(series["time"], nlohmann::json::array({kReportBegin}));
  EXPECT_EQ(series["covered_s"][0], 0.5);
  EXPECT_EQ(series["users"][0], 3);
  EXPECT_EQ(series["entries"][0]["p50_ms"][0], 0.35);
  EXPECT_EQ(series["total"]["failures"][0], 1);
}

TEST(RunJson, OfNothingIsValid) {
  const auto json = nlohmann::json::parse(run_json(RunReport()));
  EXPECT_EQ(json["total"]["requests"], 0);
  EXPECT_TRUE(json["total"]["average_ms"].is_null());
  EXPECT_TRUE(json["series"]["time"].empty());
}

TEST(RunMarkdown, BeginsWithTheVerdict) {
  RunReport report = sample_report();
  EXPECT_THAT(run_markdown(report),
              StartsWith("Generator: numbers are sound. At most 0.00 % of the wake-ups of a "
                         "thread were late, by up to 0.0 ms.\n\n"
                         "4 requests, 1 failures (25.00 %), up to 3 users, 4 s "
                         "from 2023-11-14 22:13:20 UTC\n\n"));
  report.verdicts.push_back({"p95 > 1s", false, "0.75 ms", ""});
  EXPECT_THAT(run_markdown(report),
              StartsWith("**Passed**: 1 threshold\n- ✅ p95 \\> 1s: 0.75 ms\n\nGenerator: "));
  report.verdicts.push_back({"fails > 0", true, "1", "after 3 s"});
  EXPECT_THAT(run_markdown(report), StartsWith("**Failed**: 1 of 2 thresholds\n"));
  EXPECT_THAT(run_markdown(report), HasSubstr("\n- ❌ fails \\> 0: 1 (after 3 s)\n"));
}

TEST(RunMarkdown, HasEscapedTables) {
  const std::string text = run_markdown(sample_report());
  EXPECT_THAT(text,
              HasSubstr("| GET | /a\\|b/0 | 4 | 1 (25.00 %) | 1.0 | 0.38 | 0.35 | 0.75 | 0.75 "
                        "| 0.75 |\n|  | Aggregated | 4 |"));
  EXPECT_THAT(text, HasSubstr("| 1 | GET /a\\|b/0 | it's \\<b\\> |\n"));
  EXPECT_THAT(text, Not(HasSubstr("⚠")));
}

TEST(RunMarkdown, NamesWhatIsMissing) {
  RunReport report = sample_report();
  report.sources[0].is_complete = false;
  report.sources[0].damage.emplace_back("bytes 3 to 9 are not readable");
  const std::string text = run_markdown(report);
  EXPECT_THAT(text, HasSubstr("⚠ run.cwr: the run has no end"));
  EXPECT_THAT(text, HasSubstr("⚠ run.cwr: bytes 3 to 9 are not readable"));
}

TEST(RunMarkdown, FitsIntoAComment) {
  RunReport report = sample_report(500);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (int part = 0; part < 200; ++part) text += "äöü<";
    report.all.errors[std::to_string(i)] = {text, "GET", text + std::to_string(i), i, 1, 1};
  }
  const std::string text = run_markdown(report);
  EXPECT_LT(text::count_characters(text), 65'536U);
  EXPECT_THAT(text, HasSubstr("\n400 more names are not shown.\n"));
  EXPECT_THAT(text, HasSubstr("\n471 more failures are not shown.\n"));
  EXPECT_THAT(text, HasSubstr("| 499 | GET "));
  EXPECT_EQ(text::to_utf8(text), text);
}

}  // namespace
}  // namespace cppworker::report
