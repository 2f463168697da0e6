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

/// Sends `stats` messages every 3 s while a master reads them, and on demand. Otherwise statistics
/// stay with the shards and are part of the next report. A master that checks thresholds with
/// `stop` can ask for shorter intervals, down to 1 s
/// (parsed_options["cpp_worker_report_interval"]).
class Reports {
 public:
  static constexpr std::chrono::seconds kInterval{3};  ///< as in Locust

  Reports(const Link& link, const Shards& shards, ReportLedger& ledger, ActionList& actions)
      : link_(link), shards_(shards), ledger_(ledger), actions_(actions) {}

  /// Collects from all shards, then sends.
  void collect_and_send();
  /// Sends the statistics that have been collected so far.
  void send();

  /// Takes the statistics of the shards.
  void add(IncrementsCollected& event);
  /// The collection was for a report.
  void on(const IncrementsCollected& event);
  /// The collection was for another part of the runner, which sends the report.
  void leave_to_others(const IncrementsCollected& event);
  /// The socket did not accept this report.
  void not_sent(const protocol::StatsReport& report);
  /// The master's options set the interval.
  void on_spawn(const Value& parsed_options, TimePoint now);
  void on_time(TimePoint now);
  /// A master has accepted this worker: sends the first report at once.
  void send_soon(TimePoint now);
  /// The newest collection for a report that is in progress.
  [[nodiscard]] std::optional<std::uint64_t> collecting() const { return collecting_; }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  const Link& link_;
  const Shards& shards_;
  ReportLedger& ledger_;
  ActionList& actions_;
  Value::Map report_data_;  // for the next report
  Clock::duration interval_ = kInterval;
  TimePoint due_{};
  std::optional<std::uint64_t> collecting_;
};

}  // namespace cppworker::runner
