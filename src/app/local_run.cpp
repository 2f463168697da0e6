#include "app/local_run.hpp"

#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

#include "app/config_users.hpp"
#include "app/stages.hpp"
#include "base/check.hpp"
#include "protocol/sendable.hpp"
#include "transport/node_id.hpp"

namespace cppworker::app {
namespace {

Value::List list_of(const std::vector<std::string>& texts) {
  return Value::List(texts.begin(), texts.end());
}

template <class T>
Value or_none(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

/// What Locust's parsed_options contain, for user code.
Value::Map parsed_options(const Options& options, const UserCode& user_code) {
  Value::Map map = user_code.arguments;
  const auto add = [&map](const char* name, Value value) {
    map.emplace_back(name, std::move(value));
  };
  add("host", options.host.empty() ? Value() : Value(options.host));
  add("num_users", options.users.value_or(1));
  add("spawn_rate", options.spawn_rate.value_or(1));
  add("run_time", options.run_time ? Value(options.run_time->count()) : Value());
  add("stop_timeout", options.stop_timeout.count());
  add("headless", true);
  add("reset_stats", options.reset_stats);
  add("exit_code_on_error", options.exit_code_on_error.value_or(1));
  if (!options.tags.empty()) add("tags", list_of(options.tags));
  if (!options.exclude_tags.empty()) add("exclude_tags", list_of(options.exclude_tags));
  return map;
}

std::unique_ptr<LoadTestShape> make_shape(const Options& options, const UserCode& user_code) {
  if (!options.stages.empty()) return shape_of_stages(options.stages);
  const detail::ShapeRecord* const shape = user_code.locustfile.shape;
  return shape == nullptr ? nullptr : std::unique_ptr<LoadTestShape>(shape->create());
}

runner::LocalOptions runner_options(const Options& options, const UserCode& user_code) {
  runner::LocalOptions result;
  for (const detail::UserClass* user_class : user_code.locustfile.user_classes) {
    const detail::ClassAttributes attributes =
        configured_attributes(*user_class, user_code.config_users);
    const double weight = options.equal_weights && attributes.weight > 0 ? 1 : attributes.weight;
    result.user_classes.push_back({std::string(user_class->name), weight, attributes.fixed_count});
  }
  result.shards = options.threads;
  result.users = options.users.value_or(1);
  result.spawn_rate = options.spawn_rate.value_or(1);
  result.run_time = options.run_time;
  result.stop_timeout = options.stop_timeout;
  result.has_shape = !options.stages.empty() || user_code.locustfile.shape != nullptr;
  result.reset_stats = options.reset_stats;
  result.exit_code_on_error = options.exit_code_on_error.value_or(1);
  result.failures_always_count = options.exit_code_on_error.has_value();
  result.thresholds = options.thresholds;
  for (const std::string& text : user_code.locustfile.fail_if) {
    result.thresholds.push_back(runner::parse_threshold(text));
  }
  result.warm_up = options.warm_up;
  result.host = options.host;
  result.parsed_options = parsed_options(options, user_code);
  result.limits.max_entries = options.max_entries;
  return result;
}

/// Locust's notices about options that do not fit the locustfile.
void log_notices(const Options& options, const UserCode& user_code) {
  const detail::ShapeRecord* const shape = user_code.locustfile.shape;
  if (!options.stages.empty() && shape != nullptr) {
    spdlog::info("--stages has precedence over the load shape {} of the locustfile", shape->name);
  }
  const bool has_shape = !options.stages.empty() || shape != nullptr;
  if (!has_shape) {
    std::int64_t fixed_count = 0;
    for (const detail::UserClass* user_class : user_code.locustfile.user_classes) {
      fixed_count += configured_attributes(*user_class, user_code.config_users).fixed_count;
    }
    if (options.users.value_or(0) > 0 && fixed_count > *options.users) {
      spdlog::info(
          "Total fixed_count of User classes ({}) is greater than the specified number of users "
          "({}), so not all will be spawned.",
          fixed_count, *options.users);
    }
    return;
  }
  if (options.stages.empty() && shape->use_common_options) return;
  std::vector<std::string> ignored;
  if (options.users) ignored.emplace_back("--users");
  if (options.spawn_rate) ignored.emplace_back("--spawn-rate");
  if (options.run_time) ignored.emplace_back("--run-time");
  if (ignored.empty()) return;
  spdlog::warn(
      "--run-time, --users or --spawn-rate have no impact on LoadShapes unless the shape class "
      "explicitly reads them. See: "
      "docs.locust.io/en/stable/custom-load-shape.html#use-common-options");
  spdlog::warn("The following option(s) will be ignored: {}", fmt::join(ignored, ", "));
}

}  // namespace

LocalRun::LocalRun(const Options& options, const UserCode& user_code)
    : scheduler_(clock_, coro::Scheduler::Options{}),
      shape_(make_shape(options, user_code)),
      reports_(options),
      runner_(runner_options(options, user_code)),
      wakeup_(
          scheduler_, [](void* self) { static_cast<LocalRun*>(self)->tick(); }, this),
      iterations_(options.iterations, user_code.locustfile.user_classes,
                  [this](const std::string& user_class, std::int64_t iterations) {
                    post(runner::IterationsUsedUp{user_class, iterations});
                  }),
      shards_(options, user_code, transport::make_node_id(), *this, &iterations_),
      collector_(scheduler_, options.threads,
                 [this](const runner::Event& event) { happened(event); }),
      usage_(shards_.cpu_clocks(), 1) {}

int LocalRun::run(SignalFd& signals) noexcept {
  CHECK(!exit_code_);  // run() is called once
  signals_ = &signals;
  scheduler_.watch(signals.fd(), EPOLLIN, *this);
  if (keyboard_.is_there()) scheduler_.watch(keyboard_.fd(), EPOLLIN, *this);
  carry_out(runner_.start(clock_.now()));
  measure_usage();
  scheduler_.run();
  CHECK(exit_code_);
  keyboard_.restore();
  shards_.end(*exit_code_, [] { return false; });
  return *exit_code_;
}

void LocalRun::on_fd_ready(int fd, std::uint32_t) {
  if (keyboard_.is_there() && fd == keyboard_.fd()) {
    if (const std::optional<char> key = keyboard_.read()) return handle(runner::KeyPressed{*key});
    scheduler_.unwatch(fd);  // the terminal is closed
    return;
  }
  while (const std::optional<int> signal = signals_->next()) {
    handle(runner::SignalReceived{*signal});
  }
}

void LocalRun::tick() {
  if (usage_.is_due(clock_.now())) measure_usage();
  handle(runner::Tick{});
}

void LocalRun::measure_usage() {
  collector_.follow_system_clock();
  const coro::TimePoint now = clock_.now();
  (void)usage_.measure(now);
  if (const auto notice = usage_.notice(now)) {
    shards_.first().fire_usage(notice->cpu_percent, notice->memory_bytes, notice->is_too_much);
  }
}

// --- events ---

void LocalRun::send_message(std::string type, Value data) {
  protocol::Custom message{std::move(type), std::move(data)};
  if (const std::optional<std::string> reason = protocol::why_not_sendable(message)) {
    spdlog::error("send_message: {}", *reason);
    return;
  }
  post(runner::SendMessage{std::move(message)});
}

void LocalRun::user_error(std::string msg, std::string traceback) {
  post(runner::UserError{{std::move(msg), std::move(traceback)}});
}

void LocalRun::collected(ShardIncrement increment) {
  scheduler_.post([this, moved = std::make_shared<ShardIncrement>(std::move(increment))] {
    collector_.take(std::move(*moved));
  });
}

void LocalRun::happened(runner::Event event) {
  std::visit(
      [this](auto& one) {
        if constexpr (std::is_constructible_v<runner::LocalEvent, decltype(std::move(one))>) {
          post(std::move(one));
        } else {
          CHECK(false);  // an event of the connection to a master
        }
      },
      event);
}

void LocalRun::post(runner::LocalEvent event) {
  scheduler_.post([this, event = std::move(event)] { handle(event); });
}

void LocalRun::handle(runner::LocalEvent event) {
  events_.push_back(std::move(event));
  if (handling_) return;  // an action of an earlier event caused this one
  handling_ = true;
  while (!events_.empty() && !exit_code_) {
    runner::LocalEvent next = std::move(events_.front());
    events_.pop_front();
    carry_out(runner_.handle(std::move(next), clock_.now()));
  }
  handling_ = false;
  if (!exit_code_) wakeup_.arm(runner_.next_wakeup());
}

void LocalRun::carry_out(std::vector<runner::LocalAction> actions) {
  for (const runner::LocalAction& action : actions) {
    std::visit([this](const auto& one) { perform(one); }, action);
  }
}

// --- the actions of the runner ---

void LocalRun::perform(const runner::CollectIncrements& action) {
  collector_.begin(action);
  shards_.each([&](ShardThread& shard) { shard.collect(action.id); });
}

void LocalRun::perform(const runner::SetTargets& action) {
  shards_.each([&](ShardThread& shard) { shard.set_targets(action); });
}

void LocalRun::perform(const runner::StopUsers& action) {
  shards_.each([&](ShardThread& shard) { shard.stop_users(action); });
}

void LocalRun::perform(const runner::RunHook& action) { shards_.first().run_hook(action); }

void LocalRun::perform(const runner::ClearStats&) {
  const std::uint64_t epoch = collector_.clear();
  usage_.begin_run();
  shards_.each([&](ShardThread& shard) { shard.clear_stats(epoch); });
}

void LocalRun::perform(const runner::SetEnvironment& action) {
  shards_.each([&](ShardThread& shard) { shard.set_environment(action); });
}

void LocalRun::perform(const runner::SetWorkerIndex& action) {
  shards_.each([&](ShardThread& shard) { shard.set_worker_index(action.index); });
}

void LocalRun::perform(const runner::FireSpawningComplete& action) {
  shards_.each([&](ShardThread& shard) { shard.fire_spawning_complete(action.user_count); });
}

void LocalRun::perform(const runner::DeliverMessage& action) {
  shards_.first().deliver(action.message);
}

void LocalRun::perform(const runner::TickShape& action) {
  CHECK(shape_ != nullptr);
  shards_.first().tick_shape(action, *shape_,
                             [this](runner::ShapeTicked ticked) { post(std::move(ticked)); });
}

void LocalRun::perform(const runner::ReportStats& action) {
  reports_.write(runner_, action.prints_table, clock_.now());
}

void LocalRun::perform(const runner::ReportSummary&) {
  collector_.log_cut_off_requests();
  reports_.write_summary(runner_, clock_.now());
}

void LocalRun::perform(const runner::Log& action) {
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

void LocalRun::perform(const runner::Exit& action) {
  exit_code_ = action.code;
  scheduler_.stop();
}

int run_locally(const Options& options, const UserCode& user_code) {
  spdlog::info("Starting cpp-worker {} with {} thread{}, without a master", CPPWORKER_VERSION,
               options.threads, options.threads == 1 ? "" : "s");
  log_notices(options, user_code);
  LocalRun run(options, user_code);
  SignalFd signals;
  return run.run(signals);
}

}  // namespace cppworker::app
