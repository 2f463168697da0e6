#pragma once

#include <chrono>
#include <cstdint>
#include <set>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/shards.hpp"

namespace cppworker::runner {

/// `stats` messages: every 3 s while a master reads them, and on demand. What is measured while none
/// does stays with the shards and goes into the first report after that.
class Reports {
 public:
  Reports(const Link& link, const Shards& shards, ActionList& actions)
      : link_(link), shards_(shards), actions_(actions) {}

  /// Collects from all shards, then sends.
  void collect_and_send();
  /// Sends what has been handed over so far.
  void send();

  void on(const IncrementsCollected& event) {
    if (collecting_.erase(event.id) != 0) send();
  }
  void on_time(TimePoint now);
  /// A master that reads has been found: do not make it wait for the first report.
  void accepted(TimePoint now);
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  const Link& link_;
  const Shards& shards_;
  ActionList& actions_;
  TimePoint due_{};
  std::set<std::uint64_t> collecting_;
};

}  // namespace cppworker::runner
