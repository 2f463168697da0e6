// Mutations of a run file: of its bytes, and of the contents of its blocks, which then have the
// right checksums. The same ones in each run.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "runfile/block.hpp"
#include "runfile/reader.hpp"
#include "runfile/writer.hpp"
#include "stats/merge.hpp"
#include "support/byte_mutator.hpp"
#include "support/temporary_folder.hpp"
#include "unit/runfile/samples.hpp"

namespace cppworker::runfile {
namespace {

/// Reads all records and uses them as the report does.
struct Outcome {
  std::size_t records = 0;
  std::size_t damaged = 0;
};

Outcome read_all(const std::string& bytes) {
  // An exact copy, so that the sanitizers detect reads beyond it.
  Reader reader(std::string(bytes.begin(), bytes.end()));
  Outcome outcome;
  stats::StatsIncrement sum;
  while (auto record = reader.next()) {
    ++outcome.records;
    if (auto* seconds = std::get_if<Seconds>(&*record)) {
      stats::merge(sum, std::move(seconds->increment));
    } else if (auto* phases = std::get_if<Phases>(&*record)) {
      stats::merge(sum.phases, std::move(phases->entries));
    }
  }
  std::size_t end = 0;
  for (const Reader::Damage& damage : reader.damage()) {
    EXPECT_LE(end, damage.begin);
    EXPECT_LT(damage.begin, damage.end);
    EXPECT_LE(damage.end, bytes.size());
    end = damage.end;
    ++outcome.damaged;
  }
  return outcome;
}

failures::Sample failed_request() {
  failures::Sample sample{.method = "GET", .name = "/a", .error = "no", .time = 1'700'000'000};
  sample.request = {.method = "GET", .url = "http://host/", .headers = "A: b\r\n"};
  sample.response = {.status = 500, .headers = "C: d\r\n", .body = {.bytes = "no", .left_out = 5}};
  sample.redirects = {{302, "http://host/", "/b"}};
  return sample;
}

std::string sample_file() {
  const TemporaryFolder folder;
  const std::string file = folder / "run.cwr";
  samples::Load load(3, 4);
  load.add_phases();
  Writer writer(file, samples::header());
  for (std::int64_t second = samples::kStart; second < samples::kStart + 4; ++second) {
    writer.add(Event{.time = static_cast<double>(second), .text = "event"});
    writer.add(failed_request());
    writer.add(load.second(second));
  }
  return read_bytes(file);
}

TEST(RunFileFuzz, ChangedBytesLoseBlocksOnly) {
  const std::string bytes = sample_file();
  const std::size_t all = read_all(bytes).records;
  test_support::ByteMutator mutator(20261129, 8);
  std::size_t damaged = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string rest = mutator.mutate(bytes.substr(kFirstLine.size()));
    const Outcome outcome = read_all(std::string(kFirstLine) + rest);
    EXPECT_LE(outcome.records, all + 1);  // a copied block
    damaged += outcome.damaged;
  }
  EXPECT_GT(damaged, 2'000U);
}

TEST(RunFileFuzz, AnyBeginningIsAFileOrAnError) {
  const std::string bytes = sample_file();
  test_support::ByteMutator mutator(20261129, 8);
  std::size_t refused = 0;
  for (int i = 0; i < 1'000; ++i) {
    try {
      (void)read_all(mutator.mutate(bytes.substr(0, 40)));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 300U);
}

TEST(RunFileFuzz, ChangedContentsAreUsedOrRefused) {
  const std::string bytes = sample_file();
  std::vector<std::string> contents;
  std::size_t offset = 0;
  while (auto block = find_block(bytes, offset)) {
    contents.push_back(block->content);
    offset = block->end;
  }
  ASSERT_GT(contents.size(), 8U);
  test_support::ByteMutator mutator(20261129, 8);
  std::size_t refused = 0;
  std::size_t used = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::size_t changed = mutator.below(contents.size());
    std::string file(kFirstLine);
    for (std::size_t block = 0; block < contents.size(); ++block) {
      file += make_block(block == changed ? mutator.mutate(contents[block]) : contents[block]);
    }
    const Outcome outcome = read_all(file);
    ++(outcome.damaged > 0 ? refused : used);
    EXPECT_LE(outcome.damaged, 1U);
    EXPECT_GE(outcome.records + outcome.damaged + 1, contents.size() - 1);
  }
  EXPECT_GT(refused, 1'000U);
  EXPECT_GT(used, 200U);
}

}  // namespace
}  // namespace cppworker::runfile
