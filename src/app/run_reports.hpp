#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "app/run_recorder.hpp"
#include "app/status_display.hpp"
#include "report/files.hpp"
#include "report/tables.hpp"
#include "runner/local_runner.hpp"
#include "runner/rate_limit.hpp"

namespace cppworker::app {

/// Writes the tables and files of a run without a master. Belongs to the control thread.
class RunReports {
 public:
  /// Creates the files of --csv. Throws Error.
  /// @param run_time planned, for the status line; none: the run has no planned end
  RunReports(const Options& options, std::optional<std::chrono::seconds> run_time);

  /// Every second: the files, the status line on a terminal, and the table of the last seconds if
  /// `prints_table`.
  void write(const runner::LocalRunner& runner, bool prints_table, runner::TimePoint now);
  /// At the end: the files, the tables of the whole run, and the verdict on the generator.
  void write_summary(const runner::LocalRunner& runner, const RunRecorder& recorder,
                     runner::TimePoint now);
  /// False if write_summary() could not write a file. It has logged the error.
  [[nodiscard]] bool files_are_complete() const { return files_are_complete_; }

 private:
  [[nodiscard]] report::TableStyle style() const;
  void write_csv(const runner::LocalRunner& runner, runner::TimePoint now);
  void write_json(const runner::LocalRunner& runner) const;
  void write_verdicts(const runner::LocalRunner& runner) const;
  /// A full disk does not end the run.
  template <class Write>
  void try_to(const Write& write, runner::TimePoint now);
  template <class Write>
  void try_at_end_to(const Write& write);

  const std::string csv_;
  const bool csv_full_history_;
  const bool only_summary_;
  const bool json_;
  const std::string json_file_;
  const std::string junit_;
  const stats::Precision precision_;
  const StatusDisplay status_;
  std::optional<report::GrowingFile> history_;
  runner::RateLimit failures_{std::chrono::seconds(60)};
  bool files_are_complete_ = true;
};

}  // namespace cppworker::app
