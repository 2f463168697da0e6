#pragma once

#include <optional>
#include <string>

#include "app/options.hpp"
#include "report/generator.hpp"
#include "runfile/writer.hpp"
#include "runner/actions.hpp"
#include "runner/events.hpp"
#include "runner/local_runner.hpp"

namespace cppworker::app {

/// Records what a verdict on the generator needs and, with --out, the run file. Belongs to the
/// control thread.
class RunRecorder {
 public:
  /// Creates the file of --out. Throws Error.
  explicit RunRecorder(const Options& options);

  /// What was measured since the last call. Call it before the runner handles the event.
  void record(const runner::IncrementsCollected& collected, runner::UserClassesCount users,
              const runner::UsageMeasured& usage);
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
  /// The run has ended.
  void end(int exit_code, const runner::LocalRunner& runner);

 private:
  void add(runfile::Event::Kind kind, std::string text, Value data);
  /// A full disk does not end the run. It is logged once.
  template <class Write>
  void try_to(const Write& write);

  std::optional<runfile::Writer> writer_;
  report::Generator generator_;
  double began_;           // Unix seconds
  double recorded_until_;  // likewise
  bool failed_ = false;    // the last write
};

}  // namespace cppworker::app
