// Writer and Reader together.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cppworker/exception.hpp>

#include "runfile/block.hpp"
#include "runfile/reader.hpp"
#include "runfile/writer.hpp"
#include "stats/merge.hpp"
#include "support/temporary_folder.hpp"
#include "unit/runfile/samples.hpp"
#include "unit/stats/compare.hpp"

namespace cppworker::runfile {
namespace {

using samples::kStart;
using samples::Load;
using samples::records_of;
using testing::HasSubstr;

std::vector<Record> read(const std::string& file) {
  Reader reader(read_bytes(file));
  std::vector<Record> records = records_of(reader);
  EXPECT_TRUE(reader.damage().empty());
  return records;
}

stats::StatsIncrement sum_of(const std::vector<Record>& records) {
  stats::StatsIncrement sum;
  for (const Record& record : records) {
    if (const auto* seconds = std::get_if<Seconds>(&record)) {
      stats::merge(sum, stats::StatsIncrement(seconds->increment));
    } else if (const auto* phases = std::get_if<Phases>(&record)) {
      stats::merge(sum.phases, stats::Phases(phases->entries));
    }
  }
  return sum;
}

std::vector<Phases> phases_in(const std::vector<Record>& records) {
  std::vector<Phases> found;
  for (const Record& record : records) {
    if (const auto* phases = std::get_if<Phases>(&record)) found.push_back(*phases);
  }
  return found;
}

/// Sums of floats depend on the order in which they are added up.
void expect_same_sum(stats::StatsIncrement actual, const stats::StatsIncrement& expected) {
  const auto compare = [](stats::EntryIncrement& one, const stats::EntryIncrement& other) {
    EXPECT_NEAR(one.total_response_time, other.total_response_time, 1e-6);
    one.total_response_time = other.total_response_time;
  };
  compare(actual.total, expected.total);
  for (auto& [key, entry] : actual.entries) compare(entry, expected.entries.at(key));
  for (auto& [key, entry] : actual.phases) {
    for (std::size_t i = 0; i < stats::kPhases; ++i) {
      const double total = expected.phases.at(key).phases[i].total_ms;
      EXPECT_NEAR(entry.phases[i].total_ms, total, 1e-6);
      entry.phases[i].total_ms = total;
    }
  }
  stats::expect_same(actual, expected);
}

std::vector<std::int64_t> spans_of(const std::vector<Record>& records) {
  std::vector<std::int64_t> spans;
  for (const Record& record : records) {
    if (const auto* seconds = std::get_if<Seconds>(&record)) spans.push_back(seconds->span);
  }
  return spans;
}

class RunFile : public testing::Test {
 protected:
  const TemporaryFolder folder;
  const std::string file = folder / "run.cwr";
};

TEST_F(RunFile, HasTheRecordsInTheirOrder) {
  Load load(3, 10);
  std::vector<Record> expected = {samples::header()};
  Writer writer(file, samples::header());
  EXPECT_EQ(read(file), expected) << "readable before the first second";
  for (std::int64_t second = kStart; second < kStart + 20; ++second) {
    if (second % 5 == 0) {
      Event event{.time = static_cast<double>(second), .text = "five more"};
      writer.add(event);
      expected.emplace_back(std::move(event));
    }
    Seconds one = load.second(second);
    writer.add(one);
    expected.emplace_back(std::move(one));
    ASSERT_EQ(read(file), expected) << "each second is in the file at once";
  }
  Event end{.kind = Event::Kind::kEnd, .time = kStart + 20};
  writer.add(end);
  writer.flush();
  expected.emplace_back(std::move(end));
  EXPECT_EQ(read(file), expected);
}

TEST_F(RunFile, TwoPartsOfTheSameSecondBecomeOne) {
  Load load(3, 10);
  Writer writer(file, samples::header());
  stats::StatsIncrement expected;
  for (int part = 0; part < 3; ++part) {
    Seconds one = load.second(kStart);
    stats::merge(expected, stats::StatsIncrement(one.increment));
    writer.add(std::move(one));
  }
  const std::vector<Record> records = read(file);
  EXPECT_EQ(records.size(), 2U);
  stats::expect_same(sum_of(records), expected);
}

TEST_F(RunFile, CutAnywhereKeepsTheSecondsBefore) {
  Load load(2, 5);
  {
    Writer writer(file, samples::header());
    for (std::int64_t second = kStart; second < kStart + 5; ++second) {
      writer.add(load.second(second));
    }
  }
  const std::string bytes = read_bytes(file);
  Reader whole(bytes);
  const std::vector<Record> all = records_of(whole);
  ASSERT_EQ(all.size(), 6U);
  std::size_t fewest = 0;
  for (std::size_t size = kFirstLine.size(); size < bytes.size(); ++size) {
    Reader reader(bytes.substr(0, size));
    const std::vector<Record> records = records_of(reader);
    ASSERT_GE(records.size(), fewest);
    fewest = records.size();
    ASSERT_TRUE(std::equal(records.begin(), records.end(), all.begin())) << size;
    // What is lost is named, unless the file ends with a whole block.
    const bool is_whole = size == kFirstLine.size() || find_block(bytes, size)->begin == size;
    ASSERT_EQ(reader.damage().empty(), is_whole) << size;
    if (!is_whole) {
      EXPECT_EQ(reader.damage()[0].end, size);
      EXPECT_THAT(reader.damage()[0].reason, HasSubstr("incomplete"));
    }
  }
  EXPECT_EQ(fewest, 5U);
}

TEST_F(RunFile, DamageInTheMiddleIsNamedAndSkipped) {
  Load load(2, 5);
  std::size_t begin = 0;
  std::size_t end = 0;
  {
    Writer writer(file, samples::header());
    for (std::int64_t second = kStart; second < kStart + 5; ++second) {
      if (second == kStart + 2) begin = std::filesystem::file_size(file);
      writer.add(load.second(second));
      if (second == kStart + 2) end = std::filesystem::file_size(file);
    }
  }
  std::string bytes = read_bytes(file);
  bytes[(begin + end) / 2] ^= 1;
  Reader reader(bytes);
  EXPECT_EQ(records_of(reader).size(), 5U);
  EXPECT_EQ(reader.damage(), (std::vector<Reader::Damage>{{begin, end, "a block is damaged"}}));
}

TEST_F(RunFile, LongRunsHaveLongerBlocksOnACommonGrid) {
  constexpr std::int64_t kFrom = kStart + 3;  // not a multiple of 10
  Load load(1, 1);
  stats::StatsIncrement expected;
  Writer writer(file, samples::header());
  for (std::int64_t second = kFrom; second < kFrom + 3'900; ++second) {
    Seconds one = load.second(second);
    stats::merge(expected, stats::StatsIncrement(one.increment));
    writer.add(std::move(one));
    if (second == kFrom + 3'724) {
      expect_same_sum(sum_of(read(file)), expected);  // in the middle of a block
    }
  }
  const std::vector<Record> records = read(file);
  const stats::StatsIncrement sum = sum_of(records);
  expect_same_sum(sum, expected);
  EXPECT_EQ(sum.total.num_failures, 3'900);
  const std::vector<std::int64_t> spans = spans_of(records);
  EXPECT_EQ(std::count(spans.begin(), spans.begin() + 3'600, 1), 3'600) << "the first hour";
  for (const Record& record : records) {
    const auto* seconds = std::get_if<Seconds>(&record);
    if (seconds == nullptr || seconds->begin < kFrom + 3'600) continue;
    EXPECT_EQ(seconds->span, 10);
    EXPECT_EQ(seconds->begin % 10, 0);
    EXPECT_EQ(seconds->state->users.at("ShopUser"), 1);
  }
}

TEST_F(RunFile, StaysBelowOneMegabytePerMinuteAndHundredEntries) {
  // Nearly every request has its own histogram bucket.
  constexpr int kEntries = 50;
  Load load(kEntries, 300, stats::Precision::kThreeDigits);
  stats::StatsIncrement expected;
  Writer writer(file, samples::header());
  constexpr std::int64_t kSeconds = 120;
  for (std::int64_t second = kStart; second < kStart + kSeconds; ++second) {
    Seconds one = load.second(second);
    stats::merge(expected, stats::StatsIncrement(one.increment));
    writer.add(std::move(one));
  }
  EXPECT_LT(std::filesystem::file_size(file), 1'000'000U * kEntries / 100 * kSeconds / 60);
  const std::vector<Record> records = read(file);
  expect_same_sum(sum_of(records), expected);
  const std::vector<std::int64_t> spans = spans_of(records);
  EXPECT_NE(std::count(spans.begin(), spans.end(), 10), 0);
}

TEST_F(RunFile, HasThePhasesUpToEachSecond) {
  Load load(3, 10);
  load.add_phases();
  stats::StatsIncrement expected;
  Writer writer(file, samples::header());
  for (std::int64_t second = kStart + 7; second < kStart + 34; ++second) {
    if (second % 3 == 0) writer.add(Event{.time = static_cast<double>(second), .text = "more"});
    Seconds one = load.second(second);
    stats::merge(expected, stats::StatsIncrement(one.increment));
    writer.add(std::move(one));
    expect_same_sum(sum_of(read(file)), expected);
  }
  const std::vector<Record> records = read(file);
  EXPECT_THAT(spans_of(records), testing::Each(1)) << "seconds do not become longer";
  std::vector<std::int64_t> begins;
  for (const Phases& phases : phases_in(records)) {
    EXPECT_EQ(phases.span, 10);
    begins.push_back(phases.begin - kStart);
  }
  EXPECT_THAT(begins, testing::ElementsAre(0, 10, 20, 30));
}

TEST_F(RunFile, PhasesBeforeTheTestDoNotCount) {
  Load load(1, 10);
  load.add_phases();
  Writer writer(file, samples::header());
  writer.add(load.second(kStart));
  writer.add(Event{.kind = Event::Kind::kClear, .time = kStart + 1.0});
  Seconds counts = load.second(kStart + 1);
  const stats::Phases expected = counts.increment.phases;
  writer.add(std::move(counts));
  writer.add(Event{.kind = Event::Kind::kEnd, .time = kStart + 2.0});
  writer.flush();
  const std::vector<Phases> phases = phases_in(read(file));
  ASSERT_EQ(phases.size(), 1U);
  EXPECT_EQ(phases[0].entries, expected);
}

TEST_F(RunFile, PhasesOfALongRunHaveLongBlocks) {
  Load load(1, 2);
  load.add_phases();
  Writer writer(file, samples::header());
  writer.add(load.second(kStart));
  for (std::int64_t second = kStart + 4'000; second < kStart + 4'130; ++second) {
    writer.add(load.second(second));
  }
  for (const Phases& phases : phases_in(read(file))) {
    EXPECT_EQ(phases.span, phases.begin < kStart + 3'600 ? 10 : 60);
    EXPECT_EQ(phases.begin % phases.span, 0);
  }
  EXPECT_EQ(phases_in(read(file)).size(), 4U);
}

TEST_F(RunFile, ThatCantBeMadeIsAnError) {
  const std::string missing = folder / "no" / "run.cwr";
  EXPECT_EQ(message_of<Error>([&] { const Writer writer(missing, samples::header()); }),
            "Can't write " + missing + ": No such file or directory");
  EXPECT_EQ(message_of<Error>([&] { const Writer writer("/dev/full", samples::header()); }),
            "Can't write /dev/full: No space left on device");
}

TEST_F(RunFile, SecondsThatCantBeWrittenComeLater) {
  std::signal(SIGXFSZ, SIG_IGN);
  Load load(3, 10);
  stats::StatsIncrement expected;
  Writer writer(file, samples::header());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (std::int64_t second = kStart; second < kStart + 6; ++second) {
    Seconds one = load.second(second);
    stats::merge(expected, stats::StatsIncrement(one.increment));
    if (second == kStart + 2) {  // the disk is full
      const rlimit limit{std::filesystem::file_size(file) + 10, before.rlim_max};
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    if (second == kStart + 4) {
      ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    }
    if (second < kStart + 2 || second >= kStart + 4) {
      writer.add(std::move(one));
    } else {
      EXPECT_THAT(message_of<Error>([&] { writer.add(std::move(one)); }),
                  HasSubstr("Can't write " + file + ": "));
      EXPECT_THROW(writer.flush(), Error);
      Reader reader(read_bytes(file));
      EXPECT_EQ(records_of(reader).size(), 3U) << "the seconds before";
    }
  }
  const std::vector<Record> records = read(file);
  EXPECT_EQ(spans_of(records), (std::vector<std::int64_t>{1, 1, 3, 1}));
  expect_same_sum(sum_of(records), expected);
}

TEST_F(RunFile, OtherFilesAreRefused) {
  const auto why = [](const char* bytes) {
    return message_of<Error>([&] { const Reader reader{std::string(bytes)}; });
  };
  EXPECT_EQ(why(""), "it is not a run file: it does not begin with 'cpp-worker run file'");
  EXPECT_EQ(why("Type,Name\r\n"),
            "it is not a run file: it does not begin with 'cpp-worker run file'");
  EXPECT_EQ(why("cpp-worker run file 12\nx"),
            "its format has the version '12'; this program reads version 1. Use the cpp-worker "
            "that wrote the file, or a later one");
  EXPECT_EQ(message_of<Error>([&] { (void)read_bytes(file); }),
            "Can't read " + file + ": No such file or directory");
}

}  // namespace
}  // namespace cppworker::runfile
