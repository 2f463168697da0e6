#pragma once

#include <optional>

#include "app/live_page.hpp"
#include "app/masking.hpp"
#include "app/options.hpp"
#include "app/run_records.hpp"
#include "app/run_writer.hpp"
#include "app/shard_group.hpp"
#include "failures/collection.hpp"
#include "report/generator.hpp"
#include "runfile/records.hpp"
#include "runner/actions.hpp"
#include "runner/events.hpp"
#include "runner/local_runner.hpp"

namespace cppworker::app {

/// Records what a verdict on the generator needs and a run: in the run file of --out, and in memory
/// for the page of --html. Belongs to the control thread.
class RunRecorder {
 public:
  /// Creates the files. Throws Error.
  /// @param masking of secrets in texts; must outlive this
  RunRecorder(const Options& options, const UserCode& user_code, const Masking& masking);

  /// What was measured since the last call. Call it before the runner handles the event.
  void record(const runner::IncrementsCollected& collected, runner::UserClassesCount users,
              const runner::UsageMeasured& usage);
  /// The new samples of failed requests. Call it before the record() of their second.
  void record(failures::Collection& samples);
  void record(const runner::Log& action);
  void record(const runner::ClearStats& action);
  void record(const runner::SystemClockSet& event);
  /// The verdict on the generator so far.
  /// @param all the statistics of the run
  [[nodiscard]] report::GeneratorVerdict verdict(const stats::StatsIncrement& all) const {
    return generator_.verdict(all);
  }
  /// Unix seconds
  [[nodiscard]] double began() const { return began_; }
  /// Call it after each second.
  void write_page(const runner::LocalRunner& runner, const failures::Collection& samples,
                  runner::TimePoint now);
  /// Writes the samples to a file beside the run file, for the developer tools of browsers. If
  /// there are no samples, removes that file. Returns false, after an error in the log, if the file
  /// could not be written.
  [[nodiscard]] bool write_har(const failures::Collection& samples) const;
  /// The run has ended. Returns the exit code, which is not 0 if the page could not be written.
  [[nodiscard]] int end(int exit_code, const runner::LocalRunner& runner,
                        failures::Collection& samples);

 private:
  void add(const runfile::Event& event);

  const Masking& masking_;
  std::optional<RunWriter> writer_;
  std::optional<LivePage> page_;
  SampleRecords samples_;
  report::Generator generator_;
  double began_;  // Unix seconds
  SecondRecords seconds_;
};

}  // namespace cppworker::app
