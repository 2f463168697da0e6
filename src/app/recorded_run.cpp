#include "app/recorded_run.hpp"

#include <cstddef>
#include <future>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/run_builder.hpp"
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

void add_file(report::RunReport& report, const std::string& file) {
  runfile::Reader reader(runfile::read_bytes(file), runfile::Decoder::CountsPerSecond::kSkip);
  RunBuilder builder(report, file);
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
}

}  // namespace

report::RunReport read_run(const std::vector<std::string>& files) {
  report::RunReport report;
  for (const std::string& file : files) {
    try {
      add_file(report, file);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", file, error.what()));
    }
  }
  return report;
}

}  // namespace cppworker::app
