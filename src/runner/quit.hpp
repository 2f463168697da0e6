#pragma once

#include <cstdint>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/reports.hpp"
#include "runner/run.hpp"

namespace cppworker::runner {

/// The way out, once and for all: users stop, hooks run, the last report and `quit` are sent.
class Quit {
 public:
  enum class Cause {
    kMaster,  ///< it reads for half a second more: everything is bounded by that
    kOther,   ///< a signal, or the master is lost: users may take their stop_timeout
  };

  Quit(Run& run, const Link& link, Reports& reports, ReportLedger& ledger, ActionList& actions)
      : run_(run), link_(link), reports_(reports), ledger_(ledger), actions_(actions) {}

  /// Repeating it changes nothing, except that kMaster puts kOther under its bounds.
  void begin(Cause cause, TimePoint now);
  /// Ends the process at once.
  void exit(int code);

  void on(const HookDone& event, TimePoint now);
  /// True if this is the collection it waits for: it sees to the report.
  bool on(const IncrementsCollected& event);
  /// After every event: looks whether the users have ended and what is due.
  void on_time(TimePoint now);

  [[nodiscard]] bool active() const { return stage_ != Stage::kNone; }
  [[nodiscard]] bool exited() const { return stage_ == Stage::kExited; }
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
  TimePoint stage_ends_ = TimePoint::max();  // patience with what stage_ waits for
  TimePoint users_end_by_{};                 // when hurried
  TimePoint report_by_ = TimePoint::max();   // when hurried and not yet sent
  TimePoint exit_by_{};                      // when hurried
};

}  // namespace cppworker::runner
