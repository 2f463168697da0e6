#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/value.hpp>

#include "app/masking.hpp"
#include "app/options.hpp"
#include "app/shard_thread.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "failures/collection.hpp"
#include "runner/events.hpp"
#include "stats/increment.hpp"
#include "stats/lateness.hpp"

namespace cppworker::app {

/// Merges the increments of the shards into the increments that the runner requests. Belongs to the
/// control thread.
class ReportCollector {
 public:
  /// @param scheduler of the control thread; must outlive this
  /// @param options have the number of shards, each of which answers every collection
  /// @param masking for samples and, without a master, for names and failures; must outlive this
  /// @param on_event receives IncrementsCollected and SystemClockSet
  ReportCollector(coro::Scheduler& scheduler, const Options& options, const Masking& masking,
                  std::function<void(runner::Event)> on_event);

  /// Call when the shards were asked for their increments. IncrementsCollected follows when all
  /// shards have answered or the timeout has passed.
  void begin(const runner::CollectIncrements& action);
  /// Takes a shard's answer, or its last increment after its users have stopped.
  void take(ShardIncrement increment);

  /// A run begins: discards statistics, and increments from before the run that arrive later.
  /// @return the epoch of the statistics from now on
  std::uint64_t clear();

  /// Detects that the system clock was set, and shifts the times of all statistics that have not
  /// been sent, because the master uses the first and the last time of all reports.
  void follow_system_clock();

  /// The samples of failed requests, with secrets masked.
  [[nodiscard]] failures::Collection& samples() { return samples_; }

  /// Logs the requests that were cut off since the last call, by name.
  void log_cut_off_requests();
  /// What has arrived since the last finished collection: one may be waiting for a blocked shard.
  [[nodiscard]] const stats::EntryIncrement& waiting() const { return increment_.total; }

 private:
  void finish();
  [[nodiscard]] double unix_now() const;
  void add_report_data(Value::Map data);

  coro::Scheduler& scheduler_;
  const std::size_t shards_;
  const std::function<void(runner::Event)> on_event_;
  coro::Timer timeout_;
  std::optional<std::uint64_t> collection_;  // in progress
  std::size_t missing_ = 0;                  // the number of shards that have not answered it
  std::uint64_t epoch_ = 0;
  coro::Duration clock_offset_;  // of the times in increment_
  stats::StatsIncrement increment_;
  coro::Duration lag_p99_{};  // the longest of the shards
  coro::Duration lag_max_{};
  std::vector<stats::Lateness> threads_;  // of each shard
  failures::Collection samples_;
  const Masking& masking_;
  const bool masks_names_;
  Value::Map report_data_;
  std::map<std::string, std::int64_t> cut_off_requests_;
};

}  // namespace cppworker::app
