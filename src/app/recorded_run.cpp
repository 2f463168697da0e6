#include "app/recorded_run.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/run_builder.hpp"
#include "failures/collection.hpp"
#include "runfile/reader.hpp"
#include "stats/merge.hpp"

namespace cppworker::app {
namespace {

using Records = std::vector<runfile::Record>;

/// Some records; none at the end of the file.
Records next_records(runfile::Reader& reader) {
  constexpr std::size_t kMost = 64;
  Records records;
  while (records.size() < kMost) {
    auto record = reader.next();
    if (!record) break;
    records.push_back(std::move(*record));
  }
  return records;
}

void add_file(report::RunReport& report, report::Generator& generator, const std::string& file) {
  runfile::Reader reader(runfile::read_bytes(file), runfile::Decoder::CountsPerSecond::kSkip);
  RunBuilder builder(report, generator, file);
  // A second thread reads the next records while this one adds up the last ones.
  for (Records records = next_records(reader); !records.empty();) {
    auto next = std::async(std::launch::async, [&reader] { return next_records(reader); });
    for (runfile::Record& record : records) builder.add(std::move(record));
    records = next.get();
  }
  for (const runfile::Reader::Damage& damage : reader.damage()) {
    builder.source().damage.push_back(fmt::format("bytes {} to {} are not readable: {}",
                                                  damage.begin, damage.end, damage.reason));
  }
  stats::merge(report.all, stats::StatsIncrement(builder.all()), builder.limits());
  for (const failures::Sample& sample : builder.samples()) report.samples.push_back(sample);
}

std::int64_t samples_per_failure(const Value::Map& facts) {
  std::int64_t number = 1;
  const Value map(facts);
  if (const Value* member = map.find("failure_samples")) (void)member->to_int64(number);
  return number;
}

/// As many samples of each failure as the runs were to keep.
std::vector<failures::Sample> selected(const report::RunReport& report) {
  std::int64_t per_failure = 1;
  for (const report::RunReport::Source& source : report.sources) {
    per_failure = std::max(per_failure, samples_per_failure(source.facts));
  }
  failures::Collection collection(
      failures::Collection::without_bounds(static_cast<std::size_t>(per_failure)));
  for (const failures::Sample& sample : report.samples) collection.add(sample);
  return collection.selected();
}

}  // namespace

report::RunReport read_run(const std::vector<std::string>& files) {
  report::RunReport report;
  report::Generator generator;
  for (const std::string& file : files) {
    try {
      add_file(report, generator, file);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", file, error.what()));
    }
  }
  report.samples = selected(report);
  report.generator = generator.verdict(report.all);
  return report;
}

}  // namespace cppworker::app
