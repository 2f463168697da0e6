#pragma once

#include <cstdint>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/reports.hpp"
#include "runner/run.hpp"

namespace cppworker::runner {

/// The shutdown of the worker: stops the users, runs the hooks, sends the last report and `quit`.
class Quit {
 public:
  enum class Cause {
    kMaster,  ///< the master reads for only 0.5 s more: a fast shutdown
    kOther,   ///< a signal, or the master is lost: users have stop_timeout to finish
  };

  Quit(Run& run, const Link& link, Reports& reports, ReportLedger& ledger, ActionList& actions)
      : run_(run), link_(link), reports_(reports), ledger_(ledger), actions_(actions) {}

  /// A repeated call has no effect, except that kMaster makes a shutdown by kOther a fast one.
  void begin(Cause cause, TimePoint now);
  /// Ends the process at once.
  void exit(int code);

  void on(const HookDone& event, TimePoint now);
  /// True if this is the collection that it waits for; it then sends the report.
  bool on(const IncrementsCollected& event);
  /// Call after every event: checks whether the users have ended and does what is due.
  void on_time(TimePoint now);

  [[nodiscard]] bool active() const { return stage_ != Stage::kNone; }
  [[nodiscard]] bool exited() const { return stage_ == Stage::kExited; }
  /// The last increments have been asked for.
  [[nodiscard]] bool collecting() const { return stage_ >= Stage::kCollecting; }
  /// True if the master asked the worker to quit.
  [[nodiscard]] bool by_master() const { return fast_shutdown_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  enum class Stage {
    kNone,
    kTestStopping,
    kStopping,
    kTestStop,
    kQuitting,
    kCollecting,
    kExited,
  };

  void begin_fast_shutdown(TimePoint now);
  void stop_users(TimePoint now);
  void users_ended(TimePoint now);
  void run_hook(Hook hook, Stage stage, TimePoint now);
  void collect(TimePoint now);
  void leave();
  void stage_overdue(TimePoint now);

  Run& run_;
  const Link& link_;
  Reports& reports_;
  ReportLedger& ledger_;
  ActionList& actions_;

  Stage stage_ = Stage::kNone;
  bool fast_shutdown_ = false;
  bool needs_test_stop_ = false;
  std::uint64_t waiting_for_ = 0;
  TimePoint stage_ends_ = TimePoint::max();  // deadline of stage_
  TimePoint users_end_by_{};                 // in a fast shutdown
  TimePoint report_by_ = TimePoint::max();   // in a fast shutdown, until the report is sent
  TimePoint exit_by_{};                      // in a fast shutdown
};

}  // namespace cppworker::runner
