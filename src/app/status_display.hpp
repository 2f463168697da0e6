#pragma once

#include <chrono>
#include <optional>

#include "runner/local_runner.hpp"

namespace cppworker::app {

/// The line at the bottom of the terminal with the state of a run without a master. Log lines and
/// tables appear above it. Shows nothing if standard error is not a terminal that can erase a line.
class StatusDisplay {
 public:
  /// @param run_time planned; none: the run has no planned end
  explicit StatusDisplay(std::optional<std::chrono::seconds> run_time);

  /// Shows the current state of the run in place of the previous one.
  void show(const runner::LocalRunner& runner, runner::TimePoint now) const;
  /// Removes the line from the terminal before it returns (see wait_for_log()).
  void remove() const;

 private:
  const std::optional<std::chrono::seconds> run_time_;
  const bool is_possible_;
};

}  // namespace cppworker::app
