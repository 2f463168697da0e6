#include "report/html.hpp"

#include <gmock/gmock.h>

namespace cppworker::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, ShowsTheRunAndEscapesTexts) {
  stats::StatsIncrement stats;
  stats::EntryIncrement entry;
  entry.name = "/a?x=1&y=<2>";
  entry.method = "GET";
  entry.num_requests = 4;
  entry.num_failures = 1;
  entry.total_response_time = 1.4;
  entry.max_response_time = 0.5;
  entry.min_response_time = 0.3;
  entry.response_times = {{350, 4}};
  stats.entries[{entry.name, entry.method}] = entry;
  stats.errors["key"] = {entry.name, entry.method, "CatchResponseError('it\\'s <b>')", 1, 1, 1};
  const std::string page = html_page(stats, {.title = "<shop>.cpp",
                                             .host = "http://x",
                                             .began = 1'700'000'000,
                                             .ended = 1'700'000'060,
                                             .exceptions = {{2, "boom", "  at a\n"}},
                                             .verdicts = {{"p95 > 1s", true, "2 s", "after 3 s"}}});
  EXPECT_THAT(page, HasSubstr("<title>Locust test report: &lt;shop&gt;.cpp</title>"));
  EXPECT_THAT(page, HasSubstr("2023-11-14 22:13:20 UTC to 2023-11-14 22:14:20 UTC (60 s)"));
  EXPECT_THAT(page, HasSubstr("<tr><td class=\"text\">GET</td><td class=\"text\">"
                              "/a?x=1&amp;y=&lt;2&gt;</td><td>4</td><td>1</td><td>25.00</td>"
                              "<td>0.35</td><td>0.30</td><td>0.50</td>"));
  EXPECT_THAT(page, HasSubstr("it's &lt;b&gt;"));
  EXPECT_THAT(page, HasSubstr("<tr class=\"failed\"><td class=\"text\">FAILED</td>"));
  EXPECT_THAT(page, HasSubstr("  at a\n"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(Html, LeavesOutEmptySections) {
  const std::string page = html_page({}, {});
  EXPECT_THAT(page, HasSubstr("Request statistics"));
  for (const char* section : {"Failures<", "Exceptions<", "Thresholds<"}) {
    EXPECT_THAT(page, Not(HasSubstr(section)));
  }
}

}  // namespace
}  // namespace cppworker::report
