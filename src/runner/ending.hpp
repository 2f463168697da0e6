#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "runner/local_actions.hpp"
#include "runner/shards.hpp"

namespace cppworker::runner {

/// The end of a run without a master: a list of steps, each of which waits for its answer. The
/// steps have Locust's order, which depends on what ends the run.
class Ending {
 public:
  enum class Step : std::uint8_t {
    kTestStopping,
    kStopUsers,
    kTestStop,
    kReason,  ///< logs what ended the run, if quit() named it
    kQuitting,
    kCollect,
    kExitCode,  ///< decides the exit code and logs it
    kSummary,   ///< the last step: the process exits
  };

  /// @param exit_code called in kExitCode
  Ending(Shards& shards, LocalActionList& actions, std::function<int()> exit_code)
      : shards_(shards), actions_(actions), exit_code_(std::move(exit_code)) {}

  /// Stops the users; the process goes on.
  /// @param stop_timeout how long running users may take to finish their tasks
  void stop(Clock::duration stop_timeout, TimePoint now);
  /// Stops the users if they are not stopped yet, then ends the process.
  /// @param reason logged when the users have stopped; may be ""
  void quit(Clock::duration stop_timeout, std::string reason, TimePoint now);
  /// A signal: fires `quitting` and logs the exit code first, as Locust does, then stops the users.
  void quit_by_signal(Clock::duration stop_timeout, TimePoint now);
  /// Reports what there is and exits now.
  void exit(int code);

  void on(const HookDone& event, TimePoint now);
  void on(const IncrementsCollected& event, TimePoint now);
  /// Call after every event: sees whether the users have ended, and whether a step is overdue.
  void on_time(TimePoint now);

  /// The users are being stopped, or the process ends.
  [[nodiscard]] bool active() const { return !steps_.empty(); }
  /// The process ends; no new run can begin.
  [[nodiscard]] bool quitting() const { return quitting_; }
  [[nodiscard]] bool exited() const { return exited_; }
  [[nodiscard]] bool exit_code_is_logged() const { return code_.has_value(); }
  /// When the process began to end. @pre quitting()
  [[nodiscard]] TimePoint quitting_since() const { return quitting_since_; }
  /// The users were stopped.
  [[nodiscard]] bool users_stopped() const { return users_stopped_; }
  /// A new run begins after a stop.
  void run_began() { users_stopped_ = false; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  void add(std::initializer_list<Step> steps, TimePoint now);
  void begin_step(TimePoint now);
  void end_step(TimePoint now);
  void run_hook(Hook hook, TimePoint now);
  void step_overdue(TimePoint now);

  Shards& shards_;
  LocalActionList& actions_;
  std::function<int()> exit_code_;
  std::deque<Step> steps_;  // the first one is in progress
  Clock::duration stop_timeout_{};
  TimePoint step_ends_ = TimePoint::max();  // the deadline of the step in progress
  std::uint64_t waiting_for_ = 0;
  std::string reason_;
  std::optional<int> code_;
  bool users_stopped_ = false;
  bool quitting_ = false;
  TimePoint quitting_since_{};
  bool exited_ = false;
};

}  // namespace cppworker::runner
