#include "app/recorded_run.hpp"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "report/csv.hpp"
#include "report/html.hpp"
#include "runfile/block.hpp"
#include "runfile/reader.hpp"
#include "runfile/writer.hpp"
#include "stats/merge.hpp"
#include "support/temporary_folder.hpp"
#include "unit/runfile/samples.hpp"

namespace cppworker::app {
namespace {

using runfile::Event;
namespace samples = runfile::samples;

using testing::HasSubstr;

/// The timeline of the report has them.
void forget_counts_per_second(stats::StatsIncrement& increment) {
  const auto forget = [](stats::EntryIncrement& entry) {
    entry.num_reqs_per_sec = {};
    entry.num_fail_per_sec = {};
  };
  forget(increment.total);
  for (auto& [key, entry] : increment.entries) forget(entry);
}

TEST(RecordedRun, OfSeveralFilesIsTheirSum) {
  const TemporaryFolder folder;
  std::vector<std::string> files;
  stats::StatsIncrement expected;
  for (int worker = 0; worker < 3; ++worker) {
    files.push_back(folder / ("run" + std::to_string(worker)));
    samples::Load load(2 + worker, 10);
    runfile::Writer writer(files.back(), samples::header());
    writer.add(Event{.time = samples::kStart + 0.1 * worker, .text = std::to_string(worker)});
    for (std::int64_t second = samples::kStart; second < samples::kStart + 5 + worker; ++second) {
      runfile::Seconds one = load.second(second);
      stats::merge(expected, stats::StatsIncrement(one.increment));
      writer.add(std::move(one));
    }
    if (worker == 2) continue;  // is killed
    writer.add(Event{
        .kind = Event::Kind::kEnd, .time = samples::kStart + 5.5, .data = {{"exit_code", 1}}});
    writer.flush();
  }
  const report::RunReport report = read_run(files);
  EXPECT_EQ(report.all.errors.size(), expected.errors.size());
  EXPECT_EQ(report.all.total.response_times, expected.total.response_times);
  EXPECT_EQ(report.began, samples::kStart);
  EXPECT_EQ(report.ended, samples::kStart + 7);
  ASSERT_EQ(report.sources.size(), 3U);
  EXPECT_TRUE(report.sources[1].is_complete);
  EXPECT_EQ(report.sources[1].exit_code, 1);
  EXPECT_FALSE(report.sources[2].is_complete);
  ASSERT_EQ(report.events.size(), 3U);
  EXPECT_EQ(report.events[2].text, "2");
  std::vector<std::int64_t> requests;
  std::vector<double> users;
  for (const auto& [begin, point] : report.timeline.points()) {
    requests.push_back(point.increment.total.num_requests);
    users.push_back(point.users());
  }
  EXPECT_EQ(requests, (std::vector<std::int64_t>{90, 90, 90, 90, 90, 70, 40}));
  EXPECT_EQ(users, (std::vector<double>{9, 9, 9, 9, 9, 7, 4}));
}

TEST(RecordedRun, HasTheFiguresOfARunWithResetsAndClockSteps) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.cwr";
  stats::RunStats expected;
  samples::Load load(3, 5);
  runfile::Writer writer(file, samples::header());
  std::int64_t added = 0;
  const auto add = [&](std::int64_t second) {
    runfile::Seconds one = load.second(second);
    expected.add(stats::StatsIncrement(one.increment), ++added);
    writer.add(std::move(one));
  };
  add(samples::kStart);
  writer.add(Event{.kind = Event::Kind::kClear, .time = samples::kStart + 1});
  expected.clear();
  add(samples::kStart + 1);
  writer.add(Event{.kind = Event::Kind::kReset, .time = samples::kStart + 2});
  EXPECT_EQ(report::stats_csv(read_run({file}).all), report::stats_csv(expected.all()))
      << "the event will be written with the next second";
  expected.reset();
  writer.flush();
  EXPECT_EQ(report::stats_csv(read_run({file}).all), report::stats_csv(expected.all()));
  add(samples::kStart + 2);
  writer.add(Event{.kind = Event::Kind::kClockSet, .time = samples::kStart + 3, .data = 50.0});
  expected.shift_times(50);
  add(samples::kStart + 53);
  stats::StatsIncrement all = expected.all();
  forget_counts_per_second(all);
  EXPECT_EQ(read_run({file}).all, all);
}

TEST(RecordedRun, NamesTheFileThatIsWrong) {
  const TemporaryFolder folder;
  const std::string file = folder.write("x.csv", "Type,Name\n");
  EXPECT_THAT(message_of<Error>([&] { (void)read_run({file}); }),
              HasSubstr(file + ": it is not a run file"));
}

TEST(RecordedRun, WithChangedContentsCanBeReportedOn) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.cwr";
  {
    samples::Load load(2, 3);
    runfile::Writer writer(file, samples::header());
    for (std::int64_t second = samples::kStart; second < samples::kStart + 3; ++second) {
      writer.add(Event{.time = static_cast<double>(second), .text = "event"});
      writer.add(load.second(second));
    }
    writer.add(Event{.kind = Event::Kind::kClockSet, .time = samples::kStart + 3, .data = 5.0});
    const Value threshold{{"condition", "p95 > 1s"}, {"failed", true}, {"value", "2 s"}};
    writer.add(Event{.kind = Event::Kind::kEnd,
                     .time = samples::kStart + 3,
                     .data = {{"exit_code", 3}, {"thresholds", Value::List{threshold}}}});
    writer.flush();
  }
  const std::string bytes = runfile::read_bytes(file);
  std::vector<std::string> contents;
  std::size_t offset = 0;
  while (auto block = runfile::find_block(bytes, offset)) {
    contents.push_back(block->content);
    offset = block->end;
  }
  std::mt19937_64 random(20261130);  // NOLINT(cert-msc51-cpp): the same each time
  int damaged = 0;
  for (int i = 0; i < 1'500; ++i) {
    std::vector<std::string> changed = contents;
    for (std::size_t changes = random() % 3 + 1; changes > 0; --changes) {
      std::string& content = changed[random() % changed.size()];
      content[random() % content.size()] = static_cast<char>(random());
    }
    std::string text(runfile::kFirstLine);
    for (const std::string& content : changed) text += runfile::make_block(content);
    const report::RunReport report = read_run({folder.write("changed.cwr", text)});
    EXPECT_NE(report::run_json(report), "");
    EXPECT_NE(report::run_markdown(report), "");
    EXPECT_NE(report::html_page(report), "");
    EXPECT_FALSE(report::run_tables(report, 80).empty());
    damaged += report.sources[0].damage.empty() ? 0 : 1;
  }
  EXPECT_GT(damaged, 500);
  EXPECT_LT(damaged, 1'400);
}

}  // namespace
}  // namespace cppworker::app
