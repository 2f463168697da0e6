#pragma once

#include <chrono>
#include <utility>

#include <cppworker/value.hpp>

#include "runner/action_list.hpp"
#include "runner/link.hpp"

namespace cppworker::runner {

/// Sends `logs` messages for the Logs tab of the web UI every 10 s, like a Python worker. Masters
/// before 2.29 do not support them, and no message contains the version of the master. So the
/// messages begin with the first spawn whose options contain `build_path` (2.31).
class LogReports {
 public:
  LogReports(const Link& link, ActionList& actions) : link_(link), actions_(actions) {}

  void on_spawn(const Value& parsed_options, TimePoint now) {
    if (!wanted_ && parsed_options.find("build_path") != nullptr) {
      wanted_ = true;
      due_ = now;
    }
  }
  /// The new master has no log lines of this worker, and it may have another version.
  void new_master() {
    wanted_ = false;
    all_ = true;
  }
  void on_time(TimePoint now) {
    if (now < next_wakeup()) return;
    due_ = now + std::chrono::seconds(10);
    actions_.add(SendLogs{std::exchange(all_, false)});
  }
  [[nodiscard]] TimePoint next_wakeup() const {
    return wanted_ && link_.listens() ? due_ : TimePoint::max();
  }

 private:
  const Link& link_;
  ActionList& actions_;
  bool wanted_ = false;
  bool all_ = true;
  TimePoint due_{};
};

}  // namespace cppworker::runner
