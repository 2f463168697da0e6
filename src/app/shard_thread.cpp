#include "app/shard_thread.hpp"

#include <algorithm>
#include <csignal>
#include <deque>
#include <exception>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>

#include "app/lag_watch.hpp"
#include "app/logging.hpp"
#include "base/blocked_signals.hpp"
#include "base/check.hpp"
#include "coro/crash_report.hpp"
#include "coro/timers.hpp"
#include "net/tls_authorities.hpp"
#include "report/generator.hpp"
#include "text/log_text.hpp"
#include "text/trimmed.hpp"
#include "user/life/population.hpp"
#include "user/user_error.hpp"

namespace cppworker::app {

namespace {

/// The master's options, plus the arguments of the locustfile that they do not contain.
Value with_arguments(const Value& options, const Value::Map& arguments) {
  const Value::Map* sent = options.as_map();
  Value::Map all = sent == nullptr ? Value::Map{} : *sent;
  for (const auto& argument : arguments) {
    if (options.find(*argument.first.as_string()) == nullptr) all.push_back(argument);
  }
  return all.empty() ? options : Value(std::move(all));
}

/// A warning names a task that blocks its shard for longer than this.
constexpr std::chrono::milliseconds kSlow{100};
/// The minimum time between two such warnings.
constexpr std::chrono::minutes kLagWarningInterval{1};
constexpr std::chrono::seconds kStackRetryInterval{1};

}  // namespace

struct ShardThread::State {
  State(const ShardSetup& setup, coro::Scheduler& scheduler_, ShardListener& listener_)
      : listener(listener_),
        scheduler(scheduler_),
        shard(setup.index, setup.count, scheduler_, listener_, setup.max_entries, setup.precision),
        environment(shard),
        population(environment, setup.user_classes,
                   [this] {
                     listener.happened(runner::ShardUsersChanged{shard.index, population.counts()});
                   }),
        lag_watch(scheduler_, [this](const stats::Lateness& lateness, const LagWatch::Load& load) {
          warn_late(lateness, load);
        }) {
    shard.measures_phases = setup.measures_phases;
    shard.keep_failure_samples(setup.failure_samples, std::random_device{}());
    shard.parsed_options = with_arguments({}, setup.arguments);
    if (setup.iterations != nullptr) population.limit_iterations(*setup.iterations);
    if (setup.equal_weights) population.use_equal_weights();
  }

  void warn_late(const stats::Lateness& lateness, const LagWatch::Load& load) {
    const coro::TimePoint now = scheduler.clock().now();
    if (now < next_lag_warning) {
      return;
    }
    next_lag_warning = now + kLagWarningInterval;
    spdlog::warn(
        "Response times are inflated: over the last {:.0f} s, responses waited for thread {} of {} "
        "(p99 "
        "{:.1f} ms, max {:.1f} ms) before being recorded. The thread was running for {:.0f} % of "
        "the time, and was ready but waited for a CPU for {:.0f} %. {}",
        load.seconds, shard.index + 1, shard.count, lateness.p99_ms(), lateness.max_ms,
        load.running * 100, load.kept_waiting * 100,
        load.running * 100 >= report::Generator::kUsersArePossibleCausePercent
            ? "Use fewer users, more threads (--threads), more workers, or a less busy machine."
            : "The number of users is not the cause: look for other programs, a CPU quota, or user "
              "code that blocks the thread.");
  }

  void send_increment(std::optional<std::uint64_t> collection, Value::Map report_data = {}) {
    detail::Shard::Taken taken = shard.take_stats();
    listener.collected({.shard = shard.index,
                        .collection = collection,
                        .epoch = epoch,
                        .recording = std::move(taken.recording),
                        .clock_offset = taken.clock_offset,
                        .cut_off_requests = std::exchange(shard.cut_off_requests, {}),
                        .report_data = std::move(report_data),
                        .lag = lag_watch.look(),
                        .samples = std::move(taken.samples),
                        .samples_overflow = taken.samples_overflow});
  }

  [[nodiscard]] double now() const { return shard.unix_time(scheduler.clock().now()); }

  /// Runs user code that belongs to no user as a coroutine, so that it may make requests. Retries
  /// later if there is no memory for its stack.
  void run_as_coroutine(std::string_view name, const std::function<void()>& function) {
    try {
      spawn(name, function);
    } catch (const std::bad_alloc&) {
      spdlog::warn("There is no memory for the stack of Environment.{}; retrying every second.",
                   name);
      without_stack.emplace_back(name, function);
      stack_retry.arm(scheduler.clock().now() + kStackRetryInterval);
    }
  }

  static void retry_without_stack(void* self) {
    State& state = *static_cast<State*>(self);
    for (const auto& [name, function] : std::exchange(state.without_stack, {})) {
      state.run_as_coroutine(name, function);
    }
  }

  void spawn(std::string_view name, const std::function<void()>& function) {
    scheduler.spawn(
        [name, function] {
          try {
            function();
          } catch (...) {  // StopUser and similar exceptions have no meaning here
            spdlog::error("{}", detail::describe_current_exception("Environment", name).msg);
          }
        },
        {"Environment", name});
  }

  /// Handles messages one after the other, like a Python worker.
  void handle_next_message() {
    run_as_coroutine("message", [this] {
      struct Next {  // also if an exception of any kind ended the listener
        State& state;
        ~Next() {
          state.messages.pop_front();
          if (!state.messages.empty()) state.handle_next_message();
        }
      } next{*this};
      const protocol::Custom& message = messages.front();
      const auto handler = shard.message_listeners.find(message.type);
      const Runner::MessageListener handle =
          handler->second.listener;  // a copy: the listener may register another one
      handle(environment, {message.type, message.data});
    });
  }

  void fire(runner::Hook hook) {
    const EnvironmentEvent event{environment};
    switch (hook) {
      case runner::Hook::kTestStart:
        return environment.events.test_start.fire(event);
      case runner::Hook::kTestStopping:
        return environment.events.test_stopping.fire(event);
      case runner::Hook::kTestStop:
        return environment.events.test_stop.fire(event);
      case runner::Hook::kQuitting:
        return environment.events.quitting.fire(event, true);
    }
  }

  ShardListener& listener;
  coro::Scheduler& scheduler;
  detail::Shard shard;
  Environment environment;
  detail::Population population;
  LagWatch lag_watch;
  coro::TimePoint next_lag_warning = coro::TimePoint::min();
  std::deque<protocol::Custom>
      messages;  // without those for concurrent listeners; the first is being handled
  std::uint64_t epoch = 0;
  std::vector<std::pair<std::string_view, std::function<void()>>> without_stack;
  coro::Timer stack_retry{scheduler, &State::retry_without_stack, this};
};

ShardThread::ShardThread(ShardSetup setup, ShardListener& listener)
    : setup_(std::move(setup)),
      listener_(listener),
      clock_(setup_.clock == nullptr ? real_clock_ : *setup_.clock) {
  if (setup_.clock != nullptr) {
    cpu_clock_ = CLOCK_THREAD_CPUTIME_ID;
    begin();
    return;
  }
  {
    const base::BlockedSignals of_the_control_thread{SIGINT, SIGTERM};
    thread_ = std::thread([this] { main(); });
  }
  pthread_getcpuclockid(thread_.native_handle(), &cpu_clock_);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return started_; });
  if (start_error_) {
    lock.unlock();
    thread_.join();
    std::rethrow_exception(start_error_);
  }
}

ShardThread::~ShardThread() {
  stop();
  if (thread_.joinable()) {
    thread_.join();
  } else if (state_ != nullptr) {
    state_->shard.make_current();
    state_.reset();
  }
}

/// Creates the shard, on the thread that will run it.
void ShardThread::begin() {
  scheduler_ = std::make_unique<coro::Scheduler>(clock_, scheduler_options());
  state_ = std::make_unique<State>(setup_, *scheduler_, listener_);
  run_init_functions(*state_);
}

void ShardThread::main() {
  std::exception_ptr error;
  try {
    log_as_worker(setup_.worker_number);
    pthread_setname_np(pthread_self(), ("shard-" + std::to_string(setup_.index)).c_str());
    begin();
  } catch (...) {
    error = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    start_error_ = error;
    started_ = true;
  }
  changed_.notify_all();
  if (error == nullptr) {
    scheduler_->run();
  }
  state_.reset();
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void ShardThread::run_init_functions(State& state) const {
  const coro::UserCodeHere here({"the locustfile", "an init function"});
  try {
    for (const detail::InitFunction init : setup_.init_functions) {
      init(state.environment);
    }
  } catch (...) {
    throw Error("The init function of the locustfile failed: " +
                detail::describe_current_exception("Environment", "init").msg);
  }
}

coro::Scheduler::Options ShardThread::scheduler_options() {
  coro::Scheduler::Options options;
  options.stack_size = setup_.stack_size;
  options.slow = kSlow;
  options.on_slow = [this](coro::Label label, coro::Duration held) {
    if (slow_warnings_.is_due(label, clock_.now())) {
      spdlog::warn(
          "{}.{} blocked its thread for {} ms; all other users on that thread were stalled. In a "
          "task, use the calls of cpp-worker (sleep_for, client(), run_blocking) instead of "
          "blocking calls. In on_message() and listeners, leave long work to a task. If it makes "
          "no blocking calls, this machine had no CPU available for the thread.",
          label.user_class, label.task,
          std::chrono::duration_cast<std::chrono::milliseconds>(held).count());
    }
  };
  options.on_parked = [this](const coro::Coroutine& coroutine) {
    spdlog::error(
        "{}.{} did not stop: it is catching StopUser, probably with catch (...). The worker "
        "abandons "
        "the user and counts it as stopped. Rethrow exceptions that you do not handle.",
        coroutine.label().user_class, coroutine.label().task);
    state_->population.abandon(coroutine);
  };
  return options;
}

void ShardThread::post(std::function<void(State&)> function) {
  CHECK(scheduler_ != nullptr && state_ != nullptr);
  scheduler_->post([this, function = std::move(function)] { function(*state_); });
}

void ShardThread::set_targets(const runner::SetTargets& action) {
  post([targets = action.per_shard.at(setup_.index),
        stop_timeout = std::chrono::ceil<coro::Duration>(action.stop_timeout),
        generation = action.generation](State& state) {
    state.population.set_targets(targets, stop_timeout, [&state, generation] {
      state.listener.happened(
          runner::ShardReached{state.shard.index, generation, state.population.counts()});
    });
  });
}

void ShardThread::stop_users(const runner::StopUsers& action) {
  post([stop_timeout = std::chrono::ceil<coro::Duration>(action.stop_timeout),
        generation = action.generation](State& state) {
    state.population.stop_all(stop_timeout, [&state, generation] {
      state.send_increment(std::nullopt);
      state.listener.happened(runner::ShardStopped{state.shard.index, generation});
    });
  });
}

void ShardThread::collect(const runner::CollectIncrements& action) {
  post([this, id = action.id, is_for_report = action.is_for_report](State& state) {
    if (state.shard.index != 0 || !setup_.has_master || !is_for_report ||
        state.environment.events.report_to_master.empty()) {
      return state.send_increment(id);
    }
    state.run_as_coroutine("report_to_master", [this, &state, id] {
      Value::Map data;
      state.environment.events.report_to_master.fire({setup_.client_id, data});
      state.send_increment(id, std::move(data));
    });
  });
}

void ShardThread::clear_stats(std::uint64_t epoch) {
  post([epoch](State& state) {
    state.epoch = epoch;
    state.shard.clear_stats();
    state.lag_watch.forget();
  });
}

void ShardThread::keep_failure_samples(std::size_t per_failure) {
  post([per_failure](State& state) {
    if (state.shard.keeps_samples()) return;
    state.shard.keep_failure_samples(per_failure, std::random_device{}());
  });
}

void ShardThread::run_hook(const runner::RunHook& action) {
  post([action](State& state) {
    state.run_as_coroutine("hook", [&state, action] {
      struct Done {  // also if the listener ended by an exception that is not a std::exception
        State& state;
        std::uint64_t id;
        ~Done() { state.listener.happened(runner::HookDone{id}); }
      } done{state, action.id};
      state.fire(action.hook);
    });
  });
}

void ShardThread::set_environment(const runner::SetEnvironment& action) {
  post([action, arguments = setup_.arguments, classes = setup_.user_classes](State& state) {
    state.shard.host = action.host;
    net::prepare_authorities(action.host);
    if (action.host.empty()) {
      for (const detail::UserClass* one : classes) net::prepare_authorities(one->attributes().host);
    }
    state.shard.parsed_options = with_arguments(action.parsed_options, arguments);
    state.population.filter_tasks(detail::TagFilter::of(action.parsed_options));
  });
}

void ShardThread::set_worker_index(std::int64_t index) {
  post([index](State& state) { state.shard.worker_index = index; });
}

void ShardThread::fire_spawning_complete(std::int64_t user_count) {
  post([user_count](State& state) {
    if (!state.environment.events.spawning_complete.empty()) {
      state.run_as_coroutine("spawning_complete", [&state, user_count] {
        state.environment.events.spawning_complete.fire({user_count});
      });
    }
  });
}

void ShardThread::fire_heartbeat_received(const std::string& client_id) {
  post([client_id](State& state) {
    if (!state.environment.events.heartbeat_received.empty()) {
      state.run_as_coroutine("heartbeat_received", [&state, client_id] {
        state.environment.events.heartbeat_received.fire({client_id, state.now()});
      });
    }
  });
}

void ShardThread::fire_usage(double cpu_percent, std::int64_t memory_bytes, bool is_too_much) {
  post([=](State& state) {
    Events& events = state.environment.events;
    if (is_too_much && !events.cpu_warning.empty()) {
      state.run_as_coroutine("cpu_warning", [&state, &events, cpu_percent] {
        events.cpu_warning.fire({state.environment, cpu_percent});
      });
    }
    if (!events.usage_monitor.empty()) {
      state.run_as_coroutine("usage_monitor", [&state, &events, cpu_percent, memory_bytes] {
        events.usage_monitor.fire({state.environment, cpu_percent, memory_bytes});
      });
    }
  });
}

void ShardThread::deliver(const protocol::Custom& message) {
  post([message](State& state) {
    const auto listener = state.shard.message_listeners.find(message.type);
    if (listener == state.shard.message_listeners.end()) {
      spdlog::warn("Unknown message type received: {}", text::quote_for_log(message.type));
      return;
    }
    if (listener->second.concurrent) {
      state.run_as_coroutine("message", [&state, message, handle = listener->second.listener] {
        handle(state.environment, {message.type, message.data});
      });
      return;
    }
    state.messages.push_back(message);
    if (state.messages.size() == 1) state.handle_next_message();
  });
}

void ShardThread::tick_shape(const runner::TickShape& action, LoadTestShape& shape,
                             std::function<void(runner::ShapeTicked)> ticked) {
  post([action, &shape, ticked = std::move(ticked)](State& state) {
    if (action.is_first) detail::ShapeAccess::begin(shape, state.environment);
    state.run_as_coroutine("tick", [action, &shape, ticked] {
      runner::ShapeTicked answer{.id = action.id, .target = {}, .failed = true};
      struct Send {  // also if tick() threw
        const std::function<void(runner::ShapeTicked)>& ticked;
        const runner::ShapeTicked& answer;
        ~Send() { ticked(answer); }
      } send{ticked, answer};
      detail::ShapeAccess::begin_tick(shape, action.user_count);
      try {
        if (std::optional<LoadTestShape::Tick> tick = shape.tick()) {
          answer.target = {tick->users, tick->spawn_rate, std::move(tick->user_classes)};
        }
        answer.failed = false;
      } catch (...) {
        const detail::UserErrorText error =
            detail::describe_current_exception(detail::demangled_type(typeid(shape)), "tick");
        spdlog::error("{}", text::trimmed(error.msg + '\n' + error.traceback));
      }
    });
  });
}

void ShardThread::update_user_class(const Value& data) {
  post([data](State& state) {
    if (state.population.update_user_class(data) || state.shard.index != 0) {
      return;
    }
    const Value* named = data.find("user_class_name");
    const std::string* name = named == nullptr ? nullptr : named->as_string();
    std::string text = "The master changed the user class '" +
                       (name == nullptr ? std::string() : text::quote_for_log(*name)) +
                       "', which is not in this worker's locustfile";
    spdlog::warn("{}", text);
    std::string traceback = "  cpp-worker: " + text + "\n";
    state.listener.user_error(std::move(text), std::move(traceback));
  });
}

detail::Shard::Untaken ShardThread::untaken() const { return state_->shard.untaken(); }

void ShardThread::stop() {
  if (scheduler_ != nullptr) {
    scheduler_->stop();
  }
}

void ShardThread::quit(int exit_code) {
  post([exit_code](State& state) {
    state.run_as_coroutine("quit", [&state, exit_code] {
      struct Stop {  // also if a listener threw
        coro::Scheduler& scheduler;
        ~Stop() { scheduler.stop(); }
      } stop{state.scheduler};
      state.environment.events.quit.fire({exit_code});
    });
  });
}

bool ShardThread::wait_stopped(std::chrono::steady_clock::time_point deadline) {
  if (setup_.clock != nullptr) {
    state_->shard.make_current();
    scheduler_->run();
    return true;
  }
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return stopped_; });
}

}  // namespace cppworker::app
