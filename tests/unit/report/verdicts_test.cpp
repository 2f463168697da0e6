#include "report/verdicts.hpp"

#include <gmock/gmock.h>

namespace cppworker::report {
namespace {

const std::vector<VerdictRow> kRows = {
    {"p95 > 200ms", false, "12 ms", ""},
    {"fails of \"/a&b\" > 1, stop", true, "2", "after 14 s"},
};

TEST(Verdicts, AreATable) {
  EXPECT_THAT(verdict_table(kRows),
              testing::ElementsAre("Thresholds",  //
                                   "Verdict  Fail if                   Measured",
                                   "--------|-------------------------|--------------------",
                                   "ok       p95 > 200ms               12 ms",
                                   "FAILED   fails of \"/a&b\" > 1, stop 2 (after 14 s)",
                                   "--------|-------------------------|--------------------", ""));
}

TEST(Verdicts, AreATestSuiteOfJUnit) {
  EXPECT_EQ(junit_xml(kRows), R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1">
  <testsuite name="cpp-worker thresholds" tests="2" failures="1" errors="0">
    <testcase classname="thresholds" name="p95 &gt; 200ms">
      <system-out>12 ms</system-out>
    </testcase>
    <testcase classname="thresholds" name="fails of &quot;/a&amp;b&quot; &gt; 1, stop">
      <failure message="2 (after 14 s)"/>
    </testcase>
  </testsuite>
</testsuites>
)xml");
}

}  // namespace
}  // namespace cppworker::report
