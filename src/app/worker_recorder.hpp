#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/masking.hpp"
#include "app/options.hpp"
#include "app/run_records.hpp"
#include "app/run_writer.hpp"
#include "app/serial_thread.hpp"
#include "app/shard_group.hpp"
#include "failures/collection.hpp"
#include "runner/actions.hpp"
#include "runner/events.hpp"
#include "runner/exceptions.hpp"

namespace cppworker::app {

/// Records the runs of a worker that has a master, each in a run file of its own (--out). Belongs
/// to the control thread. The files are written on another thread, so that a slow disk does not
/// delay heartbeats and reports.
class WorkerRecorder {
 public:
  /// Throws Error if no file can be written where the run files are to be.
  /// @param user_code must outlive this
  /// @param node_id of this worker at its master
  /// @param masking of secrets in texts; must outlive this
  /// @param samples of failed requests; must outlive this
  WorkerRecorder(const Options& options, const UserCode& user_code, std::string node_id,
                 const Masking& masking, failures::Collection& samples);

  /// The new run has these options. Call it when their secrets are masked.
  void begin_run(const runner::SetEnvironment& action);

  /// What was measured since the last call. Call it before the runner handles the event.
  void record(const runner::IncrementsCollected& collected, runner::UserClassesCount users,
              const runner::UsageMeasured& usage);
  void record(const runner::SystemClockSet& event);
  void record(const runner::UserError& event) { exceptions_.add(event.exception); }
  void record(const runner::Log& action);
  void record(const runner::MasterCommand& action);
  /// Call it before the samples are cleared.
  void record(const runner::ClearStats& action);
  void record(const runner::RunEnded& action);
  void record(const runner::Exit& action);
  /// Waits until everything is in the file. False: this took longer than `most`.
  [[nodiscard]] bool wait_written(std::chrono::milliseconds most) { return thread_.wait(most); }

 private:
  using Job = std::function<void(RunWriter&)>;

  [[nodiscard]] Options options_of(const runner::SetEnvironment& action) const;
  [[nodiscard]] Value::Map arguments_of(const Value& parsed_options) const;
  void add(runfile::Seconds second, double now);
  void write_held();
  void write(const runfile::Event& event);
  void write(Job job);
  void end_run(std::optional<int> exit_code);

  const Options options_;
  const UserCode& user_code_;
  const std::string node_id_;
  const std::string file_;  // of the first run
  const Masking& masking_;
  failures::Collection& samples_;

  enum class Stage : std::uint8_t {
    kNoRun,
    kBegins,  // the options are not known yet
    kRun,
    kEnded,  // later measurements are appended to this file until the next run begins
  };
  Stage stage_ = Stage::kNoRun;
  runner::Exceptions exceptions_;
  std::optional<SecondRecords> seconds_;
  SampleRecords sample_records_;
  std::optional<runfile::Seconds> held_;  // is not over, or waits because the thread is behind

  std::shared_ptr<std::unique_ptr<RunWriter>> writer_;  // only for the thread; null: no file
  SerialThread thread_;                                 // ends before the others
};

}  // namespace cppworker::app
