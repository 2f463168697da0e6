#include "app/compare_condition.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

using report::Comparison;
using testing::HasSubstr;
using Metric = Comparison::Metric;

TEST(CompareCondition, IsReadFromText) {
  const CompareCondition p99 = parse_compare_condition("p99 of \"GET /item\" +20%");
  EXPECT_EQ(p99.metric, Metric::kP99);
  EXPECT_EQ(p99.scope, "GET /item");
  EXPECT_TRUE(p99.is_rise);
  EXPECT_EQ(p99.limit, 20);
  EXPECT_EQ(p99.unit, CompareCondition::Unit::kPercent);
  const CompareCondition rate = parse_compare_condition("rps -5%");
  EXPECT_EQ(rate.metric, Metric::kRate);
  EXPECT_FALSE(rate.is_rise);
  const CompareCondition failures = parse_compare_condition("fail%+0.5");
  EXPECT_EQ(failures.metric, Metric::kFailPercent);
  EXPECT_EQ(failures.unit, CompareCondition::Unit::kAbsolute);
  EXPECT_EQ(failures.limit, 0.5);
  EXPECT_EQ(parse_compare_condition("avg of\"/a\" + 0.2s").limit, 200);
  EXPECT_EQ(parse_compare_condition("med +2ms").metric, Metric::kP50);
}

TEST(CompareCondition, AMistakePointsAtThePlace) {
  const auto mistake = [](const std::string& text) -> std::string {
    try {
      (void)parse_compare_condition(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(mistake("p95 10%"), HasSubstr("Wrong condition: expected + (for a rise) or - (for a "
                                            "fall):\n  p95 10%\n      ^\n"));
  EXPECT_THAT(mistake("fail% +1%"), HasSubstr("percentage points, which have no unit: fail% +1"));
  for (const char* wrong :
       {"", "p90 +1%", "p95 +", "p95 +10", "p95 +10%%", "p95 > 1ms", "p95 +-1%", "p95 of /a +1%",
        "p95 of \"/a +1%", "p95 of \"\" +1%", "max +1%", "rps -5ms", "p95 +inf%", "p95 of \"a\""}) {
    EXPECT_THAT(mistake(wrong), HasSubstr("Wrong condition: ")) << wrong;
  }
}

Comparison::Row row(const std::string& name, double a, double b, double margin) {
  Comparison::Row row{.method = "GET", .name = name};
  row.differences.fill({.is_measured = true, .a = a, .b = b, .margin = margin});
  return row;
}

Comparison comparison(std::vector<Comparison::Row> rows) {
  Comparison result;
  result.rows = std::move(rows);
  return result;
}

TEST(CompareCondition, FailsIfTheDifferenceIsBeyondTheLimitAndShown) {
  const auto failed = [](const std::string& text, double b, double margin) {
    Comparison::Row total = row("Aggregated", 100, b, margin);
    return judge(parse_compare_condition(text), comparison({row("/a", 1, 9, 1), total})).failed;
  };
  EXPECT_TRUE(failed("p95 +10%", 111, 10));
  EXPECT_FALSE(failed("p95 +10%", 109, 1)) << "within the limit";
  EXPECT_FALSE(failed("p95 +10%", 120, 25)) << "the interval contains zero";
  EXPECT_FALSE(failed("p95 +10%", 80, 1)) << "a fall";
  EXPECT_TRUE(failed("p95 +10ms", 111, 10));
  EXPECT_TRUE(failed("rps -5%", 90, 3));
  EXPECT_FALSE(failed("rps -5%", 120, 3));
  EXPECT_TRUE(failed("fail% +1", 102, 1));
  EXPECT_FALSE(failed("fail% +1", 100.5, 0.1));
}

TEST(CompareCondition, SaysWhatItMeasured) {
  const Comparison runs = comparison({row("/a", 10, 10.1, 1), row("/b", 10, 15, 1),
                                      row("/c", 10, 14, 9), row("Aggregated", 10, 11.5, 2)});
  const auto verdict = [&](const std::string& text) {
    return judge(parse_compare_condition(text), runs);
  };
  EXPECT_EQ(verdict("p95 of \"GET /b\" +10%").value, "+50.0 ±10.0 %");
  EXPECT_EQ(verdict("p95 of \"GET /*\" +10%").note, "GET /b");
  EXPECT_TRUE(verdict("p95 of \"*\" +10%").failed);
  EXPECT_EQ(verdict("p95 +10%").note, "not shown: the interval contains zero");
  EXPECT_FALSE(verdict("p95 of \"/c\" +10%").failed);
  const report::VerdictRow missing = verdict("p95 of \"GET /d\" +10%");
  EXPECT_TRUE(missing.failed);
  EXPECT_THAT(missing.note, HasSubstr("no request has this name; did you mean \"GET /"));
}

TEST(CompareCondition, FailsWithoutEnoughRequests) {
  Comparison runs =
      comparison({row("/a", 10, 10, 1), row("/b", 10, 10, 1), row("Aggregated", 1, 1, 1)});
  runs.rows[1].differences.fill({});
  const report::VerdictRow verdict = judge(parse_compare_condition("p99 of \"/*\" +10%"), runs);
  EXPECT_TRUE(verdict.failed);
  EXPECT_EQ(verdict.note, "too few requests");
  EXPECT_FALSE(judge(parse_compare_condition("p99 of \"/a\" +10%"), runs).failed);
}

}  // namespace
}  // namespace cppworker::app
