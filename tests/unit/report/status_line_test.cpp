#include "report/status_line.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::report {
namespace {

using namespace std::chrono_literals;

constexpr RunStatus kRunning{
    .elapsed = 60s, .run_time = 120s, .users = 100, .rps = 951.34, .fail_ratio = 0.0012, .p95 = 12};

TEST(StatusLine, HasABarOfTheRunTime) {
  EXPECT_EQ(status_line(kRunning, 79),
            "[######------] 1:00 / 2:00 | 100 users | 951.3 req/s | 0.12% failed | p95 12 ms");
}

TEST(StatusLine, FillsTheTerminalUpToTheWidestBar) {
  EXPECT_EQ(status_line(kRunning, 200).substr(0, 43),
            "[####################--------------------] ");
  for (std::size_t columns = 0; columns < 120; ++columns) {
    EXPECT_LE(status_line(kRunning, columns).size(), columns);
  }
}

TEST(StatusLine, LeavesOutTheBarAndThenTheNumbersFromTheRight) {
  EXPECT_EQ(status_line(kRunning, 74),
            "1:00 / 2:00 | 100 users | 951.3 req/s | 0.12% failed | p95 12 ms");
  EXPECT_EQ(status_line(kRunning, 60), "1:00 / 2:00 | 100 users | 951.3 req/s | 0.12% failed");
  EXPECT_EQ(status_line(kRunning, 30), "1:00 / 2:00 | 100 users");
  EXPECT_EQ(status_line(kRunning, 5), "1:00 ");
  EXPECT_EQ(status_line(kRunning, 0), "");
}

TEST(StatusLine, ShowsOnlyTheTimeOfARunWithoutEnd) {
  RunStatus status = kRunning;
  status.run_time.reset();
  status.users = 1;
  status.elapsed = 3723s;
  status.p95 = 0.35;
  EXPECT_EQ(status_line(status, 120),
            "1:02:03 | 1 user | 951.3 req/s | 0.12% failed | p95 0.35 ms");
}

TEST(StatusLine, StaysFullWhileTheUsersStop) {
  RunStatus status = kRunning;
  status.elapsed = 130s;
  EXPECT_EQ(status_line(status, 79).substr(0, 26), "[############] 2:10 / 2:00");
}

}  // namespace
}  // namespace cppworker::report
