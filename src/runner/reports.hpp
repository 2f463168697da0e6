#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/shards.hpp"

namespace cppworker::runner {

/// `stats` messages: every 3 s while a master reads them, and on demand. What is measured while
/// none does stays with the shards and goes into the first report after that.
class Reports {
 public:
  Reports(const Link& link, const Shards& shards, ActionList& actions)
      : link_(link), shards_(shards), actions_(actions) {}

  /// Collects from all shards, then sends.
  void collect_and_send();
  /// Sends what has been handed over so far.
  void send();

  void on(const IncrementsCollected& event);
  /// Somebody else reports what was collected.
  void leave_to_others(const IncrementsCollected& event);
  void on_time(TimePoint now);
  /// A master that reads has been found: do not make it wait for the first report.
  void send_soon(TimePoint now);
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  const Link& link_;
  const Shards& shards_;
  ActionList& actions_;
  TimePoint due_{};
  std::optional<std::uint64_t> collecting_;  // the newest collection under way for a report
};

}  // namespace cppworker::runner
