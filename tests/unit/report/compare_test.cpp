#include "report/compare.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cppworker/exception.hpp>

#include "report/compare_text.hpp"
#include "stats/merge.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::report {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using Metric = Comparison::Metric;

constexpr std::int64_t kBegin = 1'700'000'000;

/// A made-up run: a ramp of 3 s, then a constant number of users.
struct MadeRun {
  std::uint64_t seed = 1;
  int seconds = 60;
  std::int64_t users = 10;
  int names = 4;
  double delay_ms = 20;
  int requests = 30;  ///< of a name and second, in the mean
  double fail_part = 0;
  double spread = 0.3;    ///< of the response times of a name
  double slow_start = 0;  ///< seconds after the ramp in which everything takes three times as long
  std::string file = "a.cwr";

  [[nodiscard]] RunReport report() const {
    std::mt19937_64 random(seed);  // NOLINT(cert-msc51-cpp): the same each time
    std::normal_distribution<double> normal;
    std::poisson_distribution<int> count(requests);
    std::uniform_real_distribution<double> part;
    RunReport run;
    run.sources.push_back(
        {.file = file, .facts = {{"threads", 2}}, .is_complete = true, .exit_code = 0});
    run.began = kBegin;
    run.ended = kBegin + seconds + 3;
    double trend = 0;  // neighbouring seconds are similar
    for (int second = 0; second < seconds + 3; ++second) {
      trend = 0.7 * trend + 0.03 * normal(random);
      stats::RequestStats stats(kBegin, {}, stats::Precision::kTwoDigits);
      const bool is_ramp = second < 3;
      const double factor = std::exp(trend) * (is_ramp ? 5 : second < 3 + slow_start ? 3 : 1);
      for (int name = 0; name < names; ++name) {
        const std::string text = "/item/" + std::to_string(name);
        const double now = kBegin + second + 0.5;
        for (int request = count(random); request > 0; --request) {
          const double ms = delay_ms * (name + 1) * factor * std::exp(spread * normal(random));
          stats.log_request("GET", text, ms, 100, now);
          if (part(random) < fail_part) stats.log_error("GET", text, "boom", now);
        }
      }
      const WorkerLoad load{.users = is_ramp ? users * (second + 1) / 3 : users};
      stats::StatsIncrement increment = stats.take_increment(kBegin + second + 1);
      run.timeline.add(0, kBegin + second, 1, increment, &load);
      stats::merge(run.all, std::move(increment));
    }
    return run;
  }
};

std::string text_of(const Comparison& comparison) {
  return fmt::format("{}", fmt::join(compare_lines(comparison, {}), "\n"));
}

std::string error_of(const RunReport& a, const RunReport& b, double warm_up = 0) {
  try {
    (void)compare(a, b, warm_up);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Compare, EqualRunsDoNotDiffer) {
  std::size_t flagged = 0;
  for (std::uint64_t pair = 0; pair < 20; ++pair) {
    const RunReport a = MadeRun{.seed = 100 + 2 * pair}.report();
    const RunReport b = MadeRun{.seed = 101 + 2 * pair}.report();
    flagged += compare(a, b, 0).flagged_rows();
  }
  EXPECT_LE(flagged, 1U);
}

TEST(Compare, EqualShortRunsDoNotDiffer) {
  std::size_t flagged = 0;
  for (std::uint64_t pair = 0; pair < 20; ++pair) {
    const RunReport a = MadeRun{.seed = 500 + 2 * pair, .seconds = 12, .requests = 10}.report();
    const RunReport b = MadeRun{.seed = 501 + 2 * pair, .seconds = 12, .requests = 10}.report();
    flagged += compare(a, b, 0).flagged_rows();
  }
  EXPECT_LE(flagged, 1U);
}

TEST(Compare, SeveralFilesOfARunAreOneSide) {
  RunReport both = MadeRun{.seed = 1}.report();
  both.sources.push_back({.file = "c.cwr", .facts = {{"threads", 4}}, .exit_code = {}});
  const RunReport one = MadeRun{.seed = 2, .file = "b.cwr"}.report();
  const Comparison comparison = compare(both, one, 0);
  EXPECT_EQ(comparison.a.file, "a.cwr,c.cwr");
  EXPECT_THAT(comparison.notes,
              testing::ElementsAre("The runs differ in the number of run files: 2 and 1",
                                   "The runs differ in threads: 2, 4 and 2",
                                   testing::HasSubstr("c.cwr has no end")));
}

/// The median of both names together is between their two groups of response times.
TEST(Compare, AMedianBetweenTwoGroupsIsNotSharp) {
  for (std::uint64_t pair = 0; pair < 20; ++pair) {
    const MadeRun run{.seed = 700 + 2 * pair, .seconds = 22, .names = 2, .spread = 0.02};
    MadeRun other = run;
    ++other.seed;
    EXPECT_EQ(compare(run.report(), other.report(), 0).flagged_rows(), 0U) << pair;
  }
}

TEST(Compare, ALongerDelayIsShownEachTime) {
  for (std::uint64_t pair = 0; pair < 20; ++pair) {
    const RunReport a = MadeRun{.seed = 100 + 2 * pair}.report();
    const RunReport b = MadeRun{.seed = 101 + 2 * pair, .delay_ms = 24}.report();
    const Comparison comparison = compare(a, b, 0);
    EXPECT_EQ(comparison.flagged_rows(), 5U) << pair;
    for (const Comparison::Row& row : comparison.rows) {
      EXPECT_GT(row.of(Metric::kAverage).b, row.of(Metric::kAverage).a);
      EXPECT_TRUE(row.of(Metric::kAverage).is_shown()) << pair << row.name;
      EXPECT_FALSE(row.of(Metric::kFailPercent).is_shown()) << pair << row.name;
    }
  }
}

TEST(Compare, TheIntervalHasTheDifference) {
  int inside = 0;
  for (std::uint64_t pair = 0; pair < 10; ++pair) {
    const RunReport a = MadeRun{.seed = 300 + pair}.report();
    const RunReport b = MadeRun{.seed = 400 + pair, .delay_ms = 24}.report();
    const Comparison comparison = compare(a, b, 0);
    const Comparison::Difference& average = comparison.rows.front().of(Metric::kAverage);
    const double true_difference = 4 * std::exp(0.3 * 0.3 / 2);
    inside += std::abs(average.b - average.a - true_difference) <= average.margin ? 1 : 0;
    EXPECT_LT(average.margin, 0.2 * average.a);
  }
  EXPECT_EQ(inside, 10);
}

TEST(Compare, IsReproducible) {
  const RunReport a = MadeRun{.seed = 1}.report();
  const RunReport b = MadeRun{.seed = 2, .delay_ms = 21}.report();
  EXPECT_EQ(compare_json(compare(a, b, 0), {}), compare_json(compare(a, b, 0), {}));
}

TEST(Compare, OnlySecondsWithTheSameUsersCount) {
  const RunReport a = MadeRun{.seed = 1, .seconds = 40}.report();
  const RunReport b = MadeRun{.seed = 2, .seconds = 70, .file = "b.cwr"}.report();
  const Comparison comparison = compare(a, b, 0);
  EXPECT_EQ(comparison.users, 10);
  EXPECT_EQ(comparison.a.seconds, 40) << "the ramp ends in the third second";
  EXPECT_EQ(comparison.a.all_seconds, 43);
  EXPECT_EQ(comparison.b.seconds, 70);
  EXPECT_EQ(comparison.a.blocks, 20U);
  EXPECT_EQ(comparison.flagged_rows(), 0U);
  EXPECT_THAT(text_of(comparison),
              HasSubstr("Compared: 40 s of a.cwr and 70 s of b.cwr, in which 10 users were running "
                        "the whole time, in 20 and 20 blocks."));
}

TEST(Compare, TheWarmUpDoesNotCount) {
  const RunReport a = MadeRun{.seed = 1}.report();
  const RunReport b = MadeRun{.seed = 2, .slow_start = 20}.report();
  EXPECT_GT(compare(a, b, 0).flagged_rows(), 0U);
  const Comparison comparison = compare(a, b, 23);
  EXPECT_EQ(comparison.flagged_rows(), 0U);
  EXPECT_EQ(comparison.a.seconds, 40);
}

TEST(Compare, TheLongestCommonNumberOfUsersIsChosen) {
  const auto stages = [](std::int64_t first, std::int64_t second) {
    RunReport run = MadeRun{.seed = 1}.report();
    run.timeline = {};
    run.ended = kBegin + 60;
    for (std::int64_t at = 0; at < 60; ++at) {
      const WorkerLoad load{.users = at < 20 ? first : second};
      run.timeline.add(0, kBegin + at, 1, {}, &load);
    }
    return run;
  };
  EXPECT_EQ(compare(stages(10, 20), stages(20, 10), 0).users, 20) << "19 s and 39 s, each way";
  EXPECT_EQ(compare(stages(10, 20), stages(10, 30), 0).users, 10);
  EXPECT_THAT(error_of(stages(10, 20), stages(40, 50)),
              HasSubstr("There is nothing to compare: no second of a.cwr (up to 20 users) and of "
                        "a.cwr (up to 50 users) has the same number of users"));
  EXPECT_EQ(compare(stages(10, 200), stages(30, 203), 0).users, 203) << "nearly the same number";
}

TEST(Compare, ShortRunsAreAnError) {
  const RunReport a = MadeRun{.seed = 1}.report();
  const RunReport b = MadeRun{.seed = 2, .seconds = 9, .file = "b.cwr"}.report();
  EXPECT_THAT(error_of(a, b), HasSubstr("b.cwr is too short: it has only 9 s with 10 users"));
  EXPECT_THAT(error_of(a, a, 55), HasSubstr("a.cwr is too short: it has only 8 s"));
  EXPECT_THAT(error_of(a, a, 200), HasSubstr("There is nothing to compare"));
  EXPECT_EQ(error_of(a, a), "no error");
}

TEST(Compare, NamesOfOneRunAreNotCompared) {
  const RunReport a = MadeRun{.seed = 1, .names = 3}.report();
  const RunReport b = MadeRun{.seed = 1, .names = 4, .file = "b.cwr"}.report();
  const Comparison comparison = compare(a, b, 0);
  ASSERT_EQ(comparison.rows.size(), 5U);
  EXPECT_FALSE(comparison.rows[3].is_in_a);
  EXPECT_FALSE(comparison.rows[3].is_flagged());
  EXPECT_THAT(text_of(comparison), HasSubstr("\nGET /item/3: only in b.cwr\n"));
}

TEST(Compare, APercentileNeedsEnoughRequests) {
  const RunReport a =
      MadeRun{.seed = 1, .seconds = 30, .requests = 10}.report();  // 300 of each name
  const Comparison comparison = compare(a, a, 0);
  EXPECT_TRUE(comparison.rows.front().of(Metric::kP95).is_measured);
  EXPECT_FALSE(comparison.rows.front().of(Metric::kP99).is_measured);
  EXPECT_TRUE(comparison.rows.back().of(Metric::kP99).is_measured) << "all names together";
  EXPECT_THAT(text_of(comparison), HasSubstr("                  -\n"));
}

TEST(Compare, MoreFailuresAreShown) {
  const RunReport a = MadeRun{.seed = 1}.report();
  const RunReport some = MadeRun{.seed = 2, .fail_part = 0.02}.report();
  const RunReport rare = MadeRun{.seed = 3, .fail_part = 0.0002}.report();
  EXPECT_TRUE(compare(a, some, 0).rows.back().of(Metric::kFailPercent).is_shown());
  EXPECT_FALSE(compare(a, rare, 0).rows.back().of(Metric::kFailPercent).is_shown());
}

TEST(Compare, NotesWhatMayMislead) {
  const RunReport a = MadeRun{.seed = 1}.report();
  RunReport b = MadeRun{.seed = 2, .file = "b.cwr"}.report();
  EXPECT_THAT(compare(a, a, 0).notes, testing::IsEmpty());
  b.sources[0].facts = {{"threads", 4}};
  b.sources[0].is_complete = false;
  b.sources[0].damage.emplace_back("bytes 3 to 9 are not readable");
  b.generator.outcome = GeneratorVerdict::Outcome::kNotSound;
  b.generator.own_failures = 3;
  const auto notes = compare(a, b, 0).notes;
  EXPECT_THAT(notes, Contains("The runs differ in threads: 2 and 4"));
  EXPECT_THAT(notes, Contains(HasSubstr("b.cwr has no end")));
  EXPECT_THAT(notes, Contains("b.cwr: bytes 3 to 9 are not readable"));
  EXPECT_THAT(notes, Contains(HasSubstr("b.cwr: Generator: 3 requests failed on this machine")));
}

TEST(Compare, HasATableAMarkdownAndAJsonForm) {
  const RunReport a = MadeRun{.seed = 1, .names = 1}.report();
  const RunReport b = MadeRun{.seed = 2, .names = 1, .delay_ms = 30, .file = "b|.cwr"}.report();
  const Comparison comparison = compare(a, b, 0);
  const VerdictRow verdict{"p95 +10%", true, "+50.0 ±3.0 %", ""};
  const std::string text = fmt::format("{}", fmt::join(compare_lines(comparison, {verdict}), "\n"));
  EXPECT_THAT(text, HasSubstr("\nA difference is shown in 2 of 2 rows:\n  GET /item/0: avg 2"));
  EXPECT_THAT(text, HasSubstr("FAILED   p95 +10% +50.0 ±3.0 %"));
  const std::string markdown = compare_markdown(comparison, {verdict});
  EXPECT_THAT(markdown, HasSubstr("**Failed**: 1 of 1 conditions\n- ❌ p95 +10%: "));
  EXPECT_THAT(markdown, HasSubstr(" s of b\\|.cwr, in which"));
  EXPECT_THAT(markdown, HasSubstr("\n| GET /item/0 | 1"));
  const auto json = nlohmann::json::parse(compare_json(comparison, {verdict}));
  EXPECT_EQ(json["format"], "cpp-worker comparison");
  EXPECT_EQ(json["conditions"][0]["failed"], true);
  EXPECT_EQ(json["users"], 10);
  const auto& average = json["rows"][0]["average_ms"];
  EXPECT_EQ(average["shown"], true);
  EXPECT_GT(average["low"], 0);
  EXPECT_NEAR(average["difference_percent"], 50, 10);
  EXPECT_EQ(json["rows"][0]["fail_percent"]["shown"], false);
}

}  // namespace
}  // namespace cppworker::report
