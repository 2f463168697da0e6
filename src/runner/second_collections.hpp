#pragma once

#include <cstdint>
#include <optional>

#include "runner/action_list.hpp"

namespace cppworker::runner {

/// With --out: collects the increments at each full second of a run, so that every second can be
/// recorded. The next report to the master has them.
class SecondCollections {
 public:
  SecondCollections(bool is_on, ActionList& actions) : is_on_(is_on), actions_(actions) {}

  void on(const IncrementsCollected& event, TimePoint now);
  /// @param measures a run is going on
  /// @param for_report a collection for a report that is in progress: its answer counts, because a
  ///   newer collection would replace it and lose the data of report_to_master
  void on_time(bool measures, std::optional<std::uint64_t> for_report, TimePoint now);
  [[nodiscard]] TimePoint next_wakeup() const { return due_.value_or(TimePoint::max()); }

 private:
  const bool is_on_;
  ActionList& actions_;
  std::optional<std::uint64_t> collecting_;
  std::optional<TimePoint> due_;  // none while no run is in progress
};

}  // namespace cppworker::runner
