#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "app/report_collector.hpp"
#include "app/shard_group.hpp"
#include "app/usage_monitor.hpp"
#include "coro/scheduler.hpp"
#include "runner/actions.hpp"

namespace cppworker::app {

/// The shards, their statistics and their CPU usage, for a worker (Control) and for a run without a
/// master (LocalRun): carries out the actions that their runners have in common. Belongs to the
/// control thread.
class ShardActions {
 public:
  /// Starts the shards. Throws as ShardGroup does.
  /// @param scheduler of the control thread; must outlive this
  /// @param listener must outlive this
  /// @param masking gets the values of secret arguments; must outlive this
  /// @param on_event receives IncrementsCollected and SystemClockSet, on the control thread
  /// @param iterations limits the users' tasks; may be null; must outlive this
  /// @param shard_clocks see Surroundings::shard_clocks
  ShardActions(coro::Scheduler& scheduler, const Options& options, const UserCode& user_code,
               const std::string& client_id, ShardListener& listener, Masking& masking,
               std::function<void(runner::Event)> on_event,
               detail::IterationLimits* iterations = nullptr,
               const std::vector<coro::Clock*>& shard_clocks = {});

  [[nodiscard]] const ShardGroup& shards() const { return shards_; }
  /// Ends all threads: see ShardGroup::end.
  void end(int exit_code, const std::function<bool()>& waits_for_others) {
    shards_.end(exit_code, waits_for_others);
  }

  void perform(const runner::CollectIncrements& action);
  void perform(const runner::SetTargets& action);
  void perform(const runner::StopUsers& action);
  void perform(const runner::RunHook& action);
  void perform(const runner::ClearStats& action);
  void perform(const runner::SetEnvironment& action);
  void perform(const runner::SetWorkerIndex& action);
  void perform(const runner::FireSpawningComplete& action);
  void perform(const runner::DeliverMessage& action);
  void perform(const runner::Log& action);

  /// Samples are kept from now on: see ShardThread::keep_failure_samples().
  void keep_failure_samples(std::size_t per_failure) {
    shards_.each([&](ShardThread& shard) { shard.keep_failure_samples(per_failure); });
  }
  /// Of failed requests, with secrets masked.
  [[nodiscard]] failures::Collection& samples() { return collector_.samples(); }

  /// Takes an increment from a shard. For any thread.
  void collected(ShardIncrement increment);
  /// Logs the requests that were cut off since the last call, by name.
  void log_cut_off_requests() { collector_.log_cut_off_requests(); }
  /// At the end of the process: logs the size of the statistics that the shards still have, because
  /// user code blocks their threads or goes on after the last report.
  void log_untaken_requests() const;

  /// Measures the CPU and memory usage if a second has passed since the last measurement, and fires
  /// the events for it. None: less than a second has passed.
  [[nodiscard]] std::optional<runner::UsageMeasured> measure_usage(coro::TimePoint now);

 private:
  void mask_secret_arguments(const Value& values);

  coro::Scheduler& scheduler_;
  const std::span<const Argument> arguments_;  // of the locustfile
  Masking& masking_;
  ShardGroup shards_;
  ReportCollector collector_;
  UsageMonitor usage_;
};

/// Makes the message of send_message(). Logs an error and returns none if it can't be sent.
[[nodiscard]] std::optional<protocol::Custom> sendable(std::string type, Value data);

}  // namespace cppworker::app
