#pragma once

#include <optional>
#include <string>

#include "app/live_page.hpp"
#include "app/options.hpp"
#include "app/shard_group.hpp"
#include "runfile/writer.hpp"
#include "runner/actions.hpp"
#include "runner/events.hpp"
#include "runner/local_runner.hpp"

namespace cppworker::app {

/// Records a run: in the run file of --out, and in memory for the page of --html. Does nothing
/// without these options. Belongs to the control thread.
class RunRecorder {
 public:
  /// Creates the files. Throws Error.
  RunRecorder(const Options& options, const UserCode& user_code);

  /// What was measured since the last call. Call it before the runner handles the event.
  void record(const runner::IncrementsCollected& collected, runner::UserClassesCount users,
              const runner::UsageMeasured& usage);
  void record(const runner::Log& action);
  void record(const runner::ClearStats& action);
  void record(const runner::SystemClockSet& event);
  /// Call it after each second.
  void write_page(const runner::LocalRunner& runner, runner::TimePoint now);
  /// The run has ended. Returns the exit code, which is not 0 if the page could not be written.
  [[nodiscard]] int end(int exit_code, const runner::LocalRunner& runner);

 private:
  void add(runfile::Event::Kind kind, std::string text, Value data);
  /// A full disk does not end the run. It is logged once.
  template <class Write>
  void try_to(const Write& write);

  std::optional<runfile::Writer> writer_;
  std::optional<LivePage> page_;
  double recorded_until_ = 0;  // Unix seconds
  bool failed_ = false;        // the last write
};

}  // namespace cppworker::app
