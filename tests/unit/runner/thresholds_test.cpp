#include "runner/thresholds.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cppworker/exception.hpp>

#include "local_play.hpp"
#include "stats/merge.hpp"

namespace cppworker::runner {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string mistake(const std::string& text) {
  try {
    (void)parse_threshold(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParseThreshold, ReadsAllParts) {
  const Threshold all = parse_threshold("p99.9 of \"GET /item\" >= 1.5s for 10s, stop");
  EXPECT_EQ(all.metric, Threshold::Metric::kPercentile);
  EXPECT_DOUBLE_EQ(all.part, 0.999);
  EXPECT_EQ(all.scope, "GET /item");
  EXPECT_EQ(all.comparison, Threshold::Comparison::kGreaterOrEqual);
  EXPECT_EQ(all.limit, 1500);
  EXPECT_EQ(all.window, Threshold::Window::kFor);
  EXPECT_EQ(all.seconds, 10);
  EXPECT_TRUE(all.stops);

  const Threshold least = parse_threshold("rps<500");
  EXPECT_EQ(least.metric, Threshold::Metric::kRate);
  EXPECT_EQ(least.scope, "");
  EXPECT_EQ(least.comparison, Threshold::Comparison::kLess);
  EXPECT_EQ(least.window, Threshold::Window::kRun);
  EXPECT_FALSE(least.stops);
  EXPECT_EQ(least.text, "rps<500");

  EXPECT_EQ(parse_threshold("med > 7ms").part, 0.5);
  EXPECT_EQ(parse_threshold("fail% of \"POST /*\" > 1% within 2m").seconds, 120);
  EXPECT_EQ(parse_threshold("fails > 0, stop").metric, Threshold::Metric::kFails);
  for (const char* metric : {"avg", "min", "max", "p50", "p100"}) {
    EXPECT_EQ(parse_threshold(std::string(metric) + " <= 0.35ms").limit, 0.35);
  }
}

TEST(ParseThreshold, AMistakePointsAtThePlace) {
  EXPECT_THAT(mistake("p95 > 200"), HasSubstr("expected ms or s after the number:\n"
                                              "  p95 > 200\n"
                                              "           ^\n"));
  EXPECT_THAT(mistake("q95 > 200ms"), HasSubstr("expected a metric (avg, med, "));
  EXPECT_THAT(mistake("q95 > 200ms"), HasSubstr("  q95 > 200ms\n  ^\n"));
  for (const char* wrong : {"",
                            "p95",
                            "p0 > 1ms",
                            "p101 > 1ms",
                            "p > 1ms",
                            "p95 = 1ms",
                            "p95 > ms",
                            "p95 > -1ms",
                            "p95 > 1min",
                            "rps < 5 stop",
                            "rps < 5, halt",
                            "rps < 5 for",
                            "rps < 5 for 10",
                            "rps < 5 for 0s",
                            "rps < 5 for 1.5s",
                            "rps of /a < 5",
                            "rps of \"/a < 5",
                            "rps of \"\" < 5",
                            "rps < 5 for 1s within 1s",
                            "rps < 5, stop now",
                            "average > 1ms",
                            "fails% > 1"}) {
    EXPECT_THAT(mistake(wrong), HasSubstr("Wrong threshold: ")) << wrong;
    EXPECT_THAT(mistake(wrong), HasSubstr("^")) << wrong;
  }
}

TEST(ThresholdScope, IsANameWithOrWithoutItsMethodAndMayHaveStars) {
  EXPECT_TRUE(is_in_scope("/item", "GET", "/item"));
  EXPECT_TRUE(is_in_scope("GET /item", "GET", "/item"));
  EXPECT_FALSE(is_in_scope("POST /item", "GET", "/item"));
  EXPECT_FALSE(is_in_scope("/it", "GET", "/item"));
  EXPECT_TRUE(is_in_scope("/it*", "GET", "/item"));
  EXPECT_TRUE(is_in_scope("GET *", "GET", "/item"));
  EXPECT_TRUE(is_in_scope("*/it*e*m*", "GET", "/item"));
  EXPECT_FALSE(is_in_scope("POST *", "GET", "/item"));
  EXPECT_TRUE(is_in_scope("/search?q=x", "GET", "/search?q=x"));
}

stats::StatsIncrement requests(std::int64_t count, std::int64_t failures, std::int64_t ms,
                               const std::string& name = "/a") {
  stats::StatsIncrement increment;
  stats::EntryIncrement entry;
  entry.name = name;
  entry.method = "GET";
  entry.num_requests = count;
  entry.num_failures = failures;
  entry.total_response_time = static_cast<double>(ms * count);
  entry.min_response_time = static_cast<double>(ms);
  entry.max_response_time = static_cast<double>(ms);
  entry.response_times = {{ms * 1000, count}};
  increment.entries[{entry.name, entry.method}] = entry;
  entry.name = "Aggregated";
  entry.method = "";
  increment.total = entry;
  return increment;
}

/// Seconds with the same requests in each.
struct Seconds {
  explicit Seconds(const std::string& threshold, std::chrono::seconds warm_up = {})
      : thresholds({parse_threshold(threshold)}, warm_up) {}

  Seconds& pass(int seconds, const stats::StatsIncrement& each) {
    for (int i = 0; i < seconds; ++i) {
      thresholds.add(each, 1s, true);
      stats::merge(all, stats::StatsIncrement(each));
    }
    return *this;
  }
  Verdict verdict() { return thresholds.verdicts(all).at(0); }

  Thresholds thresholds;
  stats::StatsIncrement all;
};

TEST(Thresholds, OfTheWholeRunAreJudgedAtTheEnd) {
  EXPECT_FALSE(Seconds("p95 > 200ms").pass(3, requests(10, 0, 150)).verdict().failed);
  const Verdict slow = Seconds("p95 > 200ms").pass(3, requests(10, 0, 250)).verdict();
  EXPECT_TRUE(slow.failed);
  EXPECT_EQ(slow.value, "250 ms");
  EXPECT_TRUE(Seconds("rps < 500").pass(3, requests(499, 0, 1)).verdict().failed);
  EXPECT_FALSE(Seconds("rps < 500").pass(3, requests(500, 0, 1)).verdict().failed);
  EXPECT_TRUE(Seconds("fail% > 1").pass(2, requests(100, 2, 1)).verdict().failed);
  EXPECT_FALSE(Seconds("fail% > 1").pass(2, requests(100, 1, 1)).verdict().failed);
  EXPECT_TRUE(Seconds("fails >= 4").pass(2, requests(100, 2, 1)).verdict().failed);
  EXPECT_TRUE(Seconds("count < 10").pass(2, requests(4, 0, 1)).verdict().failed);
  EXPECT_TRUE(Seconds("avg > 5ms").pass(1, requests(1, 0, 6)).verdict().failed);
  EXPECT_TRUE(Seconds("min <= 6ms").pass(1, requests(1, 0, 6)).verdict().failed);
  EXPECT_FALSE(Seconds("max > 6ms").pass(1, requests(1, 0, 6)).verdict().failed);
  EXPECT_TRUE(Seconds("med >= 6ms").pass(1, requests(1, 0, 6)).verdict().failed);
}

TEST(Thresholds, ACheckOfNoRequestsHasFailed) {
  EXPECT_TRUE(Seconds("p95 < 1s").pass(3, {}).verdict().failed);
  EXPECT_EQ(Seconds("p95 < 1s").pass(3, {}).verdict().value, "nothing measured");
  EXPECT_TRUE(Seconds("p95 > 1s").pass(3, {}).verdict().failed);
  EXPECT_TRUE(Seconds("fail% > 1 for 2s").pass(3, {}).verdict().failed);
  EXPECT_TRUE(Seconds("rps < 1").pass(3, {}).verdict().failed);
}

TEST(Thresholds, ForNeedsEachSecond) {
  Seconds run("p50 > 100ms for 3s, stop");
  run.pass(2, requests(1, 0, 200)).pass(1, requests(1, 0, 50)).pass(2, requests(1, 0, 200));
  EXPECT_EQ(run.thresholds.stop(), nullptr);
  run.pass(1, requests(1, 0, 300));
  ASSERT_NE(run.thresholds.stop(), nullptr);
  EXPECT_TRUE(run.verdict().failed);
  EXPECT_EQ(run.verdict().value, "300 ms");
  EXPECT_EQ(run.verdict().note, "after 6 s");
  run.pass(10, requests(100, 0, 1));
  EXPECT_TRUE(run.verdict().failed) << "a later recovery does not undo it";
}

TEST(Thresholds, WithinTakesTheSecondsTogether) {
  Seconds run("fail% > 50 within 3s");
  run.pass(1, requests(10, 10, 1)).pass(5, requests(10, 1, 1));
  EXPECT_FALSE(run.verdict().failed);
  run.pass(2, requests(100, 100, 1));
  EXPECT_TRUE(run.verdict().failed);
  EXPECT_EQ(run.thresholds.stop(), nullptr) << "only `stop` ends the run";
}

TEST(Thresholds, StopWithoutAWindowLooksAtTheWholeRunEachSecond) {
  Seconds run("fails > 2, stop");
  run.pass(2, requests(10, 1, 1));
  EXPECT_EQ(run.thresholds.stop(), nullptr);
  run.pass(1, requests(10, 1, 1));
  EXPECT_NE(run.thresholds.stop(), nullptr);
}

TEST(Thresholds, TheWarmUpDoesNotCount) {
  Seconds run("p95 > 200ms", 5s);
  run.pass(5, requests(100, 0, 900)).pass(3, requests(1, 0, 100));
  EXPECT_FALSE(run.verdict().failed);
  EXPECT_EQ(run.verdict().value, "100 ms");
}

TEST(Thresholds, ANameThatNeverOccurredFails) {
  Seconds run("count of \"GET /pya\" < 0");
  run.pass(1, requests(1, 0, 1, "/pay"));
  EXPECT_TRUE(run.verdict().failed);
  EXPECT_EQ(run.verdict().note, "no request has this name; did you mean \"GET /pay\"?");
  EXPECT_FALSE(
      Seconds("count of \"GET /p*\" < 1").pass(1, requests(1, 0, 1, "/pay")).verdict().failed);
}

TEST(Thresholds, AScopeAddsUpItsRows) {
  Seconds run("count of \"/a*\" < 6");
  run.pass(2, requests(2, 0, 1, "/a1"))
      .pass(1, requests(1, 0, 1, "/a2"))
      .pass(9, requests(1, 0, 1, "/b"));
  EXPECT_TRUE(run.verdict().failed);
  EXPECT_EQ(run.verdict().value, "5");
}

TEST(Thresholds, LatePercentIsThatOfTheWorstThread) {
  const auto verdict = [](const std::string& threshold, std::int64_t late, int seconds = 3) {
    Thresholds thresholds({parse_threshold(threshold)}, 0s);
    for (int second = 0; second < seconds; ++second) {
      const stats::Lateness on_time{.wakeups = 900, .late_times = {}};
      const stats::Lateness worst{.wakeups = 200, .late_times = {{2'000, late}, {9'000, 1}}};
      thresholds.add(requests(1, 0, 1), 1s, true, {on_time, worst, {}});
    }
    return thresholds.verdicts({}).at(0);
  };
  EXPECT_TRUE(verdict("late% > 1", 2).failed);
  EXPECT_EQ(verdict("late% > 1", 2).value, "1.50 %");
  EXPECT_FALSE(verdict("late% > 1%", 1).failed);
  EXPECT_TRUE(verdict("late% > 1 for 3s", 2).failed);
  EXPECT_TRUE(verdict("late% > 1 within 2s", 2).failed);
  EXPECT_FALSE(verdict("late% > 1 for 4s", 2).failed);
  EXPECT_EQ(verdict("late% > 1", 2, 0).value, "nothing measured");
  EXPECT_TRUE(verdict("late% > 1", 2, 0).failed);
  EXPECT_THAT(mistake("late% of \"/a\" > 1"), HasSubstr("leave out `of`"));
}

// --- in a run ---

/// A second of the golden file.
stats::StatsIncrement second_of(const nlohmann::json& rows) {
  stats::StatsIncrement increment;
  for (const auto& row : rows) {
    stats::EntryIncrement entry;
    entry.method = row[0];
    entry.name = row[1];
    entry.num_requests = row[2];
    entry.num_failures = row[3];
    for (const auto& [text, count] : row[4].items()) {
      const std::int64_t ms = std::stoll(text);
      const auto time = static_cast<double>(ms);
      entry.response_times[ms * 1000] = count;
      entry.total_response_time += time * count.get<double>();
      entry.min_response_time = std::min(time, entry.min_response_time.value_or(time));
      entry.max_response_time = std::max(time, entry.max_response_time);
    }
    stats::extend(increment.total, stats::EntryIncrement(entry));
    increment.entries[{entry.name, entry.method}] = entry;
  }
  return increment;
}

TEST(Thresholds, HaveTheVerdictsOfTheMastersPythonCode) {
  std::ifstream file(std::string(CPPWORKER_GOLDEN_DIR) + "/thresholds.json");
  const nlohmann::json tests = nlohmann::json::parse(file);
  ASSERT_EQ(tests.size(), 150U);
  for (const auto& test : tests) {
    std::vector<Threshold> conditions;
    for (const auto& text : test["conditions"]) conditions.push_back(parse_threshold(text));
    Thresholds thresholds(conditions, std::chrono::seconds{test["warm_up"]});
    stats::StatsIncrement all;
    std::size_t ran = 0;
    for (const auto& rows : test["seconds"]) {
      thresholds.add(second_of(rows), 1s, true);
      stats::merge(all, second_of(rows));
      ++ran;
      if (thresholds.stop() != nullptr) break;
    }
    EXPECT_EQ(ran, test["ran"]) << test.dump();
    nlohmann::json verdicts;
    for (const Verdict& verdict : thresholds.verdicts(all)) {
      const bool has_note = !verdict.note.empty() && !verdict.note.starts_with("no request");
      verdicts.push_back(
          {verdict.failed,
           verdict.value + (has_note ? fmt::format(" ({})", verdict.note) : std::string())});
    }
    EXPECT_EQ(verdicts, test["verdicts"]) << test.dump();
  }
}

TEST(LocalRunner, AFailedThresholdIsExitCode3AndPlainFailuresDoNotCount) {
  const auto code = [](const char* threshold, bool failures_always_count) {
    LocalOptions options = LocalPlay::options();
    options.thresholds = {parse_threshold(threshold)};
    options.failures_always_count = failures_always_count;
    LocalPlay play(options);
    play.start();
    play.measured = requests(10, 1, 7);
    play.measured.errors["key"] = {"/a", "GET", "HTTPError('500')", 1, 1, 1};
    play.pass(1s);
    play.signal(2);
    return play.code;
  };
  EXPECT_EQ(code("p95 > 5ms", false), 3);
  EXPECT_EQ(code("p95 > 9ms", false), 0);
  EXPECT_EQ(code("p95 > 9ms", true), 1);
  EXPECT_EQ(code("p95 > 5ms", true), 3);
}

TEST(LocalRunner, AnExceptionOfUserCodeCountsBesideThresholds) {
  const auto code = [](const char* threshold, int exit_code_on_error) {
    LocalOptions options = LocalPlay::options();
    options.thresholds = {parse_threshold(threshold)};
    options.exit_code_on_error = exit_code_on_error;
    LocalPlay play(options);
    play.start();
    play.measured = requests(10, 1, 7);
    play.pass(1s);
    play.on(UserError{{"boom", "line 1"}});
    play.signal(2);
    return play.code;
  };
  EXPECT_EQ(code("p95 > 9ms", 1), 1);
  EXPECT_EQ(code("p95 > 9ms", 0), 0);
  EXPECT_EQ(code("p95 > 5ms", 1), 3);
}

TEST(LocalRunner, AThresholdWithStopEndsTheRun) {
  LocalOptions options = LocalPlay::options();
  options.thresholds = {parse_threshold("fails > 0, stop")};
  LocalPlay play(options);
  play.start();
  EXPECT_FALSE(play.code.has_value());
  play.measured = requests(10, 1, 7);
  const auto lines = without_times(play.pass(1s));
  EXPECT_THAT(lines, Contains("Threshold failed: fails > 0, stop; shutting down"));
  EXPECT_EQ(play.code, 3);
  EXPECT_TRUE(play.runner.verdicts().at(0).failed);
}

TEST(LocalRunner, UsersThatStopDoNotMeetAThreshold) {
  LocalOptions options = LocalPlay::options();
  options.thresholds = {parse_threshold("rps < 5 for 2s"), parse_threshold("rps < 5")};
  options.run_time = 3s;
  options.stop_timeout = 60s;
  LocalPlay play(options);
  play.start();
  play.shards_obey = false;
  for (int i = 0; i < 3; ++i) {
    play.measured = requests(10, 0, 7);
    play.pass(1s);
  }
  play.pass(30s);
  play.stopped();
  EXPECT_EQ(play.code, 0);
}

TEST(LocalRunner, UserCodeMaySetTheExitCode) {
  LocalPlay play;
  play.start();
  play.on(ExitCodeSet{42});
  play.signal(2);
  EXPECT_EQ(play.code, 42);
}

TEST(LocalRunner, AFailedListenerIsExitCode2) {
  LocalPlay play;
  play.start();
  play.on(ListenerFailed{});
  play.signal(2);
  EXPECT_EQ(play.code, 2);
}

}  // namespace
}  // namespace cppworker::runner
