#include "app/shard_actions.hpp"

#include <cstdint>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "loader/description.hpp"
#include "protocol/sendable.hpp"

namespace cppworker::app {

ShardActions::ShardActions(coro::Scheduler& scheduler, const Options& options,
                           const UserCode& user_code, const std::string& client_id,
                           ShardListener& listener, Masking& masking,
                           std::function<void(runner::Event)> on_event,
                           detail::IterationLimits* iterations,
                           const std::vector<coro::Clock*>& shard_clocks)
    : scheduler_(scheduler),
      arguments_(user_code.locustfile.arguments),
      masking_(masking),
      shards_(options, user_code, client_id, listener, iterations, shard_clocks),
      collector_(scheduler, options, masking, std::move(on_event)),
      usage_(shards_.cpu_clocks(), options.workers) {
  mask_secret_arguments(user_code.arguments);
}

/// @param values of the arguments, by their Python names
void ShardActions::mask_secret_arguments(const Value& values) {
  if (values.as_map() == nullptr) return;
  for (const Argument& argument : arguments_) {
    if (!argument.is_secret) continue;
    if (const Value* value = values.find(loader::destination(argument))) {
      masking_.add_secret(value->is_none() ? std::string() : value->str());
    }
  }
}

void ShardActions::perform(const runner::CollectIncrements& action) {
  collector_.begin(action);
  shards_.each([&](ShardThread& shard) { shard.collect(action); });
}

void ShardActions::perform(const runner::SetTargets& action) {
  shards_.each([&](ShardThread& shard) { shard.set_targets(action); });
}

void ShardActions::perform(const runner::StopUsers& action) {
  shards_.each([&](ShardThread& shard) { shard.stop_users(action); });
}

void ShardActions::perform(const runner::RunHook& action) { shards_.first().run_hook(action); }

void ShardActions::perform(const runner::ClearStats&) {
  const std::uint64_t epoch = collector_.clear();
  usage_.begin_run();
  shards_.each([&](ShardThread& shard) { shard.clear_stats(epoch); });
}

void ShardActions::perform(const runner::SetEnvironment& action) {
  mask_secret_arguments(action.parsed_options);
  shards_.each([&](ShardThread& shard) { shard.set_environment(action); });
}

void ShardActions::perform(const runner::SetWorkerIndex& action) {
  shards_.each([&](ShardThread& shard) { shard.set_worker_index(action.index); });
}

void ShardActions::perform(const runner::FireSpawningComplete& action) {
  shards_.each([&](ShardThread& shard) { shard.fire_spawning_complete(action.user_count); });
}

void ShardActions::perform(const runner::DeliverMessage& action) {
  shards_.first().deliver(action.message);
}

void ShardActions::perform(const runner::Log& action) {
  switch (action.level) {
    case runner::Log::Level::kDebug:
      return spdlog::debug("{}", action.text);
    case runner::Log::Level::kInfo:
      return spdlog::info("{}", action.text);
    case runner::Log::Level::kWarning:
      return spdlog::warn("{}", action.text);
    case runner::Log::Level::kError:
      return spdlog::error("{}", action.text);
  }
}

void ShardActions::log_untaken_requests() const {
  const stats::EntryIncrement& waiting = collector_.waiting();
  detail::Shard::Untaken sum{waiting.num_requests, waiting.num_failures};
  shards_.each([&](const ShardThread& shard) {
    const detail::Shard::Untaken untaken = shard.untaken();
    sum.requests += untaken.requests;
    sum.failures += untaken.failures;
  });
  if (sum.requests == 0) return;
  spdlog::warn(
      "Dropped the statistics of {} requests ({} failures): the worker exits while their users are "
      "still running.",
      sum.requests, sum.failures);
}

void ShardActions::collected(ShardIncrement increment) {
  scheduler_.post([this, moved = std::make_shared<ShardIncrement>(std::move(increment))] {
    collector_.take(std::move(*moved));
  });
}

std::optional<runner::UsageMeasured> ShardActions::measure_usage(coro::TimePoint now) {
  if (!usage_.is_due(now)) return std::nullopt;
  collector_.follow_system_clock();
  const runner::UsageMeasured measured = usage_.measure(now);
  if (const auto notice = usage_.notice(now)) {
    shards_.first().fire_usage(notice->cpu_percent, notice->memory_bytes, notice->is_too_much);
  }
  return measured;
}

std::optional<protocol::Custom> sendable(std::string type, Value data) {
  protocol::Custom message{std::move(type), std::move(data)};
  if (const std::optional<std::string> reason = protocol::why_not_sendable(message)) {
    spdlog::error("send_message: {}", *reason);
    return std::nullopt;
  }
  return message;
}

}  // namespace cppworker::app
