#pragma once

#include <chrono>
#include <string>

#include "app/options.hpp"
#include "app/run_builder.hpp"
#include "report/run_report.hpp"
#include "runfile/records.hpp"
#include "runner/local_runner.hpp"
#include "runner/rate_limit.hpp"

namespace cppworker::app {

/// The HTML page of --html, which is rewritten while the run goes on. Its data are in memory, in
/// the form that a report on a run file has.
class LivePage {
 public:
  /// Throws Error if the file can't be written.
  explicit LivePage(const Options& options);

  void add(runfile::Record&& record) { builder_.add(std::move(record)); }

  /// Writes the page if the last time was long enough ago: the pages of a run take at most 2 % of
  /// its time. An error is logged.
  void write(const runner::LocalRunner& runner, runner::TimePoint now);
  /// Writes the page. Throws Error.
  void write_now(const runner::LocalRunner& runner);

 private:
  const std::string file_;
  report::RunReport report_;
  RunBuilder builder_;
  std::chrono::steady_clock::time_point next_;
  runner::RateLimit failures_{std::chrono::seconds(60)};
};

}  // namespace cppworker::app
