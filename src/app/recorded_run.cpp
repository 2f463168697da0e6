#include "app/recorded_run.hpp"

#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "app/run_builder.hpp"
#include "runfile/reader.hpp"
#include "stats/merge.hpp"

namespace cppworker::app {
namespace {

void add_file(report::RunReport& report, const std::string& file) {
  runfile::Reader reader(runfile::read_bytes(file), runfile::Decoder::CountsPerSecond::kSkip);
  RunBuilder builder(report, file);
  while (auto record = reader.next()) builder.add(std::move(*record));
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
