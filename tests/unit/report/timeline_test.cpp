#include "report/timeline.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cppworker::report {
namespace {

constexpr std::int64_t kStart = 1'700'000'000;

stats::StatsIncrement requests(std::int64_t count, std::int64_t key_us = 350) {
  stats::StatsIncrement increment;
  stats::EntryIncrement entry;
  entry.name = "/a";
  entry.method = "GET";
  entry.num_requests = count;
  entry.response_times = {{key_us, count}};
  entry.num_reqs_per_sec = {{kStart, count}};
  increment.total = entry;
  increment.entries[{"/a", "GET"}] = entry;
  return increment;
}

WorkerLoad users(std::int64_t count, double cpu = 0) {
  return {.users = count, .cpu_percent = cpu};
}

std::vector<std::int64_t> requests_of(const Timeline& timeline) {
  std::vector<std::int64_t> counts;
  for (const auto& [begin, point] : timeline.points()) {
    counts.push_back(point.increment.total.num_requests);
    const auto& entry = point.increment.entries.begin()->second;
    EXPECT_EQ(entry.num_requests, counts.back());
  }
  return counts;
}

TEST(Timeline, AddsUpTheWorkersOfASecond) {
  Timeline timeline;
  const WorkerLoad five = users(5, 20);
  const WorkerLoad seven = users(7, 90);
  timeline.add(0, kStart, 1, requests(10), &five);
  timeline.add(1, kStart, 1, requests(20), &seven);
  timeline.add(1, kStart, 1, requests(1), nullptr);  // a further block of the same second
  timeline.add(1, kStart + 1, 1, requests(2), &seven);
  EXPECT_EQ(timeline.span(), 1);
  EXPECT_EQ(requests_of(timeline), (std::vector<std::int64_t>{31, 2}));
  const Timeline::Point& first = timeline.points().at(kStart);
  EXPECT_EQ(first.users(), 12);
  EXPECT_EQ(first.cpu_percent, 90);
  EXPECT_EQ(first.increment.total.response_times, (stats::Counts{{350, 31}}));
  EXPECT_EQ(timeline.points().at(kStart + 1).users(), 7);
}

TEST(Timeline, LongRunsHaveLongerPoints) {
  Timeline timeline;
  constexpr std::int64_t kSeconds = 2'000;
  for (std::int64_t second = 0; second < kSeconds; ++second) {
    const WorkerLoad load = users(second);
    timeline.add(0, kStart + second, 1, requests(1), &load);
    EXPECT_LE(timeline.points().size(), Timeline::kMaxPoints);
  }
  EXPECT_EQ(timeline.span(), 5);
  EXPECT_EQ(requests_of(timeline), std::vector<std::int64_t>(kSeconds / 5, 5));
  EXPECT_EQ(timeline.points().at(kStart + 10).users(), 12) << "the mean of 10 to 14";
}

TEST(Timeline, WithManyEntriesHasFewerPoints) {
  Timeline timeline;
  stats::StatsIncrement increment;
  constexpr std::size_t kEntries = 2'000;
  for (std::size_t i = 0; i < kEntries; ++i) {
    increment.entries[{std::to_string(i), "GET"}].num_requests = 1;
  }
  for (std::int64_t second = 0; second < 300; ++second) {
    timeline.add(0, kStart + second, 1, increment, nullptr);
    EXPECT_LE(timeline.points().size() * kEntries, Timeline::kMaxCells);
  }
  EXPECT_EQ(timeline.span(), 5);
  EXPECT_EQ(timeline.points().size(), 60U);
}

TEST(Timeline, PointsAreAsLongAsTheLongestBlock) {
  Timeline timeline;
  const WorkerLoad one = users(1);
  const WorkerLoad two = users(2);
  timeline.add(0, kStart, 1, requests(1), &one);
  timeline.add(1, kStart + 10, 10, requests(100), &two);
  timeline.add(0, kStart + 19, 1, requests(1), &one);
  EXPECT_EQ(timeline.span(), 10);
  EXPECT_EQ(requests_of(timeline), (std::vector<std::int64_t>{1, 101}));
  EXPECT_EQ(timeline.points().at(kStart + 10).users(), 3);
}

}  // namespace
}  // namespace cppworker::report
