#include "app/local_run.hpp"

#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>

#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>
#include <cppworker/version.hpp>

#include "app/arguments.hpp"
#include "app/config_users.hpp"
#include "app/report_command.hpp"
#include "app/stages.hpp"
#include "base/check.hpp"
#include "transport/node_id.hpp"

namespace cppworker::app {
namespace {

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

/// The planned run time. None: the run lasts until a signal, or a load shape of the locustfile
/// decides when it ends.
std::optional<std::chrono::seconds> planned_time(const Options& options,
                                                 const UserCode& user_code) {
  if (!options.stages.empty()) {
    return std::chrono::round<std::chrono::seconds>(parse_stages(options.stages).back().ends);
  }
  return user_code.locustfile.shape == nullptr ? options.run_time : std::nullopt;
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
  result.thresholds = thresholds_of(options, user_code.locustfile);
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

std::vector<runner::Threshold> thresholds_of(const Options& options,
                                             const loader::Locustfile& locustfile) {
  std::vector<runner::Threshold> thresholds = options.thresholds;
  for (const std::string& text : locustfile.fail_if) {
    try {
      thresholds.push_back(runner::parse_threshold(text));
    } catch (const Error& error) {
      throw Error(fmt::format("CPPWORKER_FAIL_IF in the locustfile: {}", error.what()));
    }
  }
  return thresholds;
}

LocalRun::LocalRun(const Options& options, const UserCode& user_code)
    : scheduler_(clock_, coro::Scheduler::Options{}),
      shape_(make_shape(options, user_code)),
      reports_(options, planned_time(options, user_code)),
      masking_(options.mask_headers),
      recorder_(options, user_code, masking_),
      runner_(runner_options(options, user_code)),
      wakeup_(
          scheduler_, [](void* self) { static_cast<LocalRun*>(self)->tick(); }, this),
      iterations_(options.iterations, user_code.locustfile.user_classes,
                  [this](const std::string& user_class, std::int64_t iterations) {
                    post(runner::IterationsUsedUp{user_class, iterations});
                  }),
      shard_actions_(
          scheduler_, options, user_code, transport::make_node_id(), *this, masking_,
          [this](const runner::Event& event) { happened(event); }, &iterations_) {}

int LocalRun::run(SignalFd& signals) noexcept {
  CHECK(!exit_code_);  // run() is called once
  signals_ = &signals;
  scheduler_.watch(signals.fd(), EPOLLIN, *this);
  if (keyboard_.is_there()) scheduler_.watch(keyboard_.fd(), EPOLLIN, *this);
  carry_out(runner_.start(clock_.now(), detail::unix_time()));
  measure_usage();
  scheduler_.run();
  CHECK(exit_code_);
  keyboard_.restore();
  shard_actions_.end(*exit_code_, [] { return false; });
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
  measure_usage();
  handle(runner::Tick{});
}

void LocalRun::measure_usage() {
  if (const auto measured = shard_actions_.measure_usage(clock_.now())) usage_ = *measured;
}

// --- events ---

void LocalRun::send_message(std::string type, Value data) {
  if (auto message = sendable(std::move(type), std::move(data))) {
    post(runner::SendMessage{*std::move(message)});
  }
}

void LocalRun::user_error(std::string msg, std::string traceback) {
  post(runner::UserError{{std::move(msg), std::move(traceback)}});
}

/// As in Locust, which raises StopTest.
void LocalRun::host_is_missing(std::string msg, std::string traceback) {
  user_error(std::move(msg), std::move(traceback));
  post(runner::QuitAsked{});
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
    record(next);
    carry_out(runner_.handle(std::move(next), clock_.now()));
  }
  handling_ = false;
  if (!exit_code_) wakeup_.arm(runner_.next_wakeup());
}

void LocalRun::record(const runner::LocalEvent& event) {
  if (const auto* collected = std::get_if<runner::IncrementsCollected>(&event)) {
    recorder_.record(shard_actions_.samples());
    recorder_.record(*collected, runner_.user_classes_count(), usage_);
  } else if (const auto* set = std::get_if<runner::SystemClockSet>(&event)) {
    recorder_.record(*set);
  }
}

void LocalRun::carry_out(std::vector<runner::LocalAction> actions) {
  for (const runner::LocalAction& action : actions) {
    std::visit(
        [this](const auto& one) {
          if constexpr (requires { recorder_.record(one); }) recorder_.record(one);
          if constexpr (requires { perform(one); }) {
            perform(one);
          } else {
            shard_actions_.perform(one);
          }
        },
        action);
  }
}

// --- the actions of the runner ---

void LocalRun::perform(const runner::TickShape& action) {
  CHECK(shape_ != nullptr);
  shard_actions_.shards().first().tick_shape(
      action, *shape_, [this](runner::ShapeTicked ticked) { post(std::move(ticked)); });
}

void LocalRun::perform(const runner::ReportStats& action) {
  reports_.write(runner_, action.prints_table, clock_.now());
  recorder_.write_page(runner_, shard_actions_.samples(), clock_.now());
}

void LocalRun::perform(const runner::ReportSummary&) {
  shard_actions_.log_cut_off_requests();
  reports_.write_summary(runner_, recorder_, clock_.now());
}

void LocalRun::perform(const runner::Exit& action) {
  const bool is_complete =
      recorder_.write_har(shard_actions_.samples()) && reports_.files_are_complete();
  const int code = action.code == 0 && !is_complete ? 1 : action.code;
  exit_code_ = recorder_.end(code, runner_, shard_actions_.samples());
  scheduler_.stop();
}

int run_locally(const Options& options, const UserCode& user_code) {
  spdlog::info("Starting cpp-worker {} with {} thread{}, without a master", CPPWORKER_VERSION,
               options.threads, options.threads == 1 ? "" : "s");
  log_notices(options, user_code);
  LocalRun run(options, user_code);
  SignalFd signals;
  const int code = run.run(signals);
  const bool are_complete =
      options.reports.empty() || write_reports({options.out}, options.reports);
  return code == 0 && !are_complete ? 1 : code;
}

}  // namespace cppworker::app
