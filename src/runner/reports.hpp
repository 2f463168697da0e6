#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <cppworker/value.hpp>

#include "runner/action_list.hpp"
#include "runner/link.hpp"
#include "runner/report_ledger.hpp"
#include "runner/shards.hpp"

namespace cppworker::runner {

/// `stats` messages: every 3 s while a master reads them, and on demand. What is measured while
/// none does stays with the shards and goes into the first report after that.
class Reports {
 public:
  Reports(const Link& link, const Shards& shards, ReportLedger& ledger, ActionList& actions)
      : link_(link), shards_(shards), ledger_(ledger), actions_(actions) {}

  /// Collects from all shards, then sends.
  void collect_and_send();
  /// Sends what has been collected so far.
  void send();

  /// Takes what the shards have measured.
  void add(IncrementsCollected& event);
  /// It was collected for a report.
  void on(const IncrementsCollected& event);
  /// It was collected for somebody else, who reports it.
  void leave_to_others(const IncrementsCollected& event);
  /// The socket did not take this report.
  void not_sent(const protocol::StatsReport& report);
  void on_time(TimePoint now);
  /// A master that reads has been found: do not make it wait for the first report.
  void send_soon(TimePoint now);
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  const Link& link_;
  const Shards& shards_;
  ReportLedger& ledger_;
  ActionList& actions_;
  Value::Map report_data_;  // for the next report
  TimePoint due_{};
  std::optional<std::uint64_t> collecting_;  // the newest collection under way for a report
};

}  // namespace cppworker::runner
