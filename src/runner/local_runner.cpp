#include "runner/local_runner.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <cppworker/json.hpp>

#include "base/check.hpp"
#include "base/single_thread.hpp"
#include "runner/ending.hpp"
#include "runner/ramp.hpp"
#include "runner/seconds.hpp"
#include "runner/shards.hpp"
#include "runner/split_targets.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr auto kReportInterval = 1s;
constexpr auto kTickInterval = 1s;
constexpr double kRateOfKeys = 100;
/// With a limit of iterations, running users may finish their last task, however long it takes.
constexpr Clock::duration kUntilTaskEnds = std::chrono::hours{24 * 365};
constexpr const char* kLastUserStopped = "Last user stopped, quitting runner";

std::vector<std::string> names_of(const std::vector<DispatchedClass>& classes) {
  std::vector<std::string> names;
  for (const DispatchedClass& user_class : classes) names.push_back(user_class.name);
  return names;
}

/// As in Locust's log: `{"A": 2, "B": 3} (5 total users)`.
std::string text_of(const UserClassesCount& counts) {
  Value::Map map;
  for (const auto& [name, count] : counts) map.emplace_back(name, count);
  return fmt::format("{} ({} total users)", to_json(Value(std::move(map))), total_users(counts));
}

}  // namespace

struct LocalRunner::State {
  explicit State(LocalOptions o)
      : options(std::move(o)),
        shards(names_of(options.user_classes), options.shards),
        ramp(options.user_classes),
        stats(options.limits),
        thresholds(options.thresholds, options.warm_up) {}

  enum class Stage : std::uint8_t {
    kIdle,  ///< no test has begun yet, or the users were stopped
    kTestStart,
    kSpawning,
    kRunning,
  };

  LocalOptions options;
  base::SingleThread thread;  // for assertions
  LocalActionList actions;
  Shards shards;
  Ramp ramp;
  stats::RunStats stats;
  Exceptions exceptions{options.limits.max_entries};
  Thresholds thresholds;
  TimePoint measured_until{};  // of the thresholds
  Ending ending{shards, actions, [this] { return exit_code(); }};

  Stage stage = Stage::kIdle;
  ShapeTarget wanted;  // the newest order; carried out when test_start has ended
  std::uint64_t test_start_id = 0;
  std::optional<TimePoint> patience_ends;  // the ramp has ended; slow shards are not waited for
  TimePoint started{};
  std::optional<TimePoint> run_ends;
  std::set<std::string> used_up;  // classes whose iterations are used up
  bool signalled = false;
  bool failed = false;            // of the locustfile's own code: exit code 2
  std::optional<int> users_code;  // from set_process_exit_code()

  // Reports.
  TimePoint next_report = TimePoint::max();
  std::int64_t reports = 0;
  std::optional<std::uint64_t> collecting;  // the collection of the next report

  // The load shape.
  TimePoint next_tick = TimePoint::max();
  std::optional<std::uint64_t> ticking;
  std::optional<ShapeTarget> last_tick;

  TimePoint last_now{};

  void start(TimePoint now, double unix_now);

  void on(const ShardReached& event, TimePoint) { (void)shards.reached(event); }
  void on(const ShardStopped& event, TimePoint) { shards.stopped(event); }
  void on(const ShardUsersChanged& event, TimePoint) { shards.users_changed(event); }
  void on(IncrementsCollected& event, TimePoint now);
  void on(const SystemClockSet& event, TimePoint) { stats.shift_times(event.seconds); }
  void on(const HookDone& event, TimePoint now);
  void on(const UserError& event, TimePoint);
  void on(const SendMessage& event, TimePoint) { actions.add(DeliverMessage{event.message}); }
  void on(const QuitAsked&, TimePoint now) { ending.quit(options.stop_timeout, {}, now); }
  void on(const StopAsked&, TimePoint now);
  void on(const SignalReceived& event, TimePoint now);
  void on(const Tick&, TimePoint) {}
  void on(const ShapeTicked& event, TimePoint now);
  void on(const KeyPressed& event, TimePoint now);
  void on(const IterationsUsedUp& event, TimePoint now);
  void on(const ListenerFailed&, TimePoint) { failed = true; }
  void on(const ExitCodeSet& event, TimePoint) { users_code = event.code; }

  void order(ShapeTarget target, TimePoint now);
  void begin_ramp(TimePoint now);
  void all_spawned();
  [[nodiscard]] bool may_have_users(const DispatchedClass& user_class) const;
  void end_without_iterations(TimePoint now);
  void on_time(TimePoint now);
  void spawn_on_time(TimePoint now);
  void report_on_time(TimePoint now);
  void report_at_full_second(double unix_now, TimePoint now);
  void check_thresholds(const IncrementsCollected& collected, bool is_second, TimePoint now);
  [[nodiscard]] bool wants_tables(TimePoint now) const;
  void tick_shape(TimePoint now);
  [[nodiscard]] std::string why_not(const ShapeTarget& target) const;
  [[nodiscard]] int exit_code() const;
  [[nodiscard]] std::int64_t user_count() const { return total_users(shards.counts()); }
  [[nodiscard]] TimePoint next_wakeup() const;
};

void LocalRunner::State::start(TimePoint now, double unix_now) {
  started = now;
  measured_until = now;
  actions.add(SetWorkerIndex{0});
  actions.add(SetEnvironment{options.host, options.parsed_options});
  next_report = now + kReportInterval;
  report_at_full_second(unix_now, now);
  if (options.has_shape) {
    actions.info("Shape test starting.");
    actions.info("Shape worker starting");
    actions.add(ReportStats{true});
    next_tick = now;
    return tick_shape(now);
  }
  if (options.run_time) {
    actions.info(fmt::format("Run time limit set to {} seconds", options.run_time->count()));
    run_ends = now + *options.run_time;
  } else {
    actions.info("No run time limit set, use CTRL+C to interrupt");
  }
  actions.add(ReportStats{true});
  order({options.users, options.spawn_rate, {}}, now);
}

// --- spawning ---

void LocalRunner::State::order(ShapeTarget target, TimePoint now) {
  if (ending.active()) return;
  wanted = std::move(target);
  if (stage == Stage::kTestStart) return;
  if (stage != Stage::kIdle) return begin_ramp(now);
  stats.clear();
  exceptions.clear();
  thresholds.forget();
  ramp = Ramp(options.user_classes);
  ending.run_began();
  stage = Stage::kTestStart;
  actions.add(ClearStats{});
  test_start_id = actions.next_id();
  actions.add(RunHook{test_start_id, Hook::kTestStart});
}

void LocalRunner::State::on(const HookDone& event, TimePoint now) {
  if (stage == Stage::kTestStart && event.id == test_start_id) {
    if (ending.active()) {
      stage = Stage::kSpawning;  // no users: a signal came first
    } else {
      begin_ramp(now);
    }
  }
  ending.on(event, now);
}

void LocalRunner::State::begin_ramp(TimePoint now) {
  stage = Stage::kSpawning;
  patience_ends.reset();
  actions.info(fmt::format("Ramping to {} users at a rate of {:.2f} per second", wanted.users,
                           wanted.spawn_rate));
  ramp.begin(wanted.users, wanted.spawn_rate, wanted.user_classes, now);
  if (ramp.on_time(now) || ramp.ended()) {
    actions.add(shards.assign(ramp.counts(), options.stop_timeout));
  }
}

void LocalRunner::State::spawn_on_time(TimePoint now) {
  if (stage != Stage::kSpawning) return;
  if (ramp.on_time(now)) {
    actions.add(ramp.replaces_ended() ? shards.assign(ramp.counts(), options.stop_timeout)
                                      : shards.assign_new(ramp.counts(), options.stop_timeout));
  }
  if (!ramp.ended()) return;
  if (!patience_ends) {
    patience_ends = now + kShardPatience;
    if (shards.ramping_down()) *patience_ends += options.stop_timeout;
  }
  if (!shards.all_answered() && now < *patience_ends) return;
  all_spawned();
  end_without_iterations(now);
}

void LocalRunner::State::all_spawned() {
  stage = Stage::kRunning;
  patience_ends.reset();
  const UserClassesCount counts = shards.counts_reached();
  actions.info("All users spawned: " + text_of(counts));
  actions.add(FireSpawningComplete{total_users(counts)});
  if (!options.reset_stats) return;
  actions.info("Resetting stats");
  stats.reset();
  thresholds.forget();
  actions.add(ClearStats{.keeps_names = true});
}

// --- the load shape ---

void LocalRunner::State::tick_shape(TimePoint now) {
  next_tick += (now - next_tick) / kTickInterval * kTickInterval + kTickInterval;
  ticking = actions.next_id();
  actions.add(TickShape{.id = *ticking, .user_count = user_count(), .is_first = now == started});
}

void LocalRunner::State::on(const ShapeTicked& event, TimePoint now) {
  if (event.id != ticking) return;
  ticking.reset();
  if (ending.active()) return;
  // The shape's time begins with the first tick. So no later tick comes before its full second.
  if (!last_tick) next_tick = now + kTickInterval;
  constexpr const char* kCompleted = "Shape test completed, shutting down";
  if (!event.failed && event.target) {
    if (event.target == last_tick) return;
    const std::string wrong = why_not(*event.target);
    if (wrong.empty()) {
      last_tick = event.target;
      actions.info(fmt::format("Shape test updating to {} users at {:.2f} spawn rate",
                               event.target->users, event.target->spawn_rate));
      return order(*event.target, now);
    }
    actions.error("The load shape's tick() returned " + wrong);
  }
  const bool is_mistake = event.failed || event.target;
  failed = failed || is_mistake;
  if (!is_mistake) actions.info("Shape test stopping");
  ending.quit(options.stop_timeout, kCompleted, now);
}

/// What is wrong with the target; "" if it can be carried out.
std::string LocalRunner::State::why_not(const ShapeTarget& target) const {
  if (target.users < 0) return fmt::format("{} users; the number can't be negative", target.users);
  if (!(target.spawn_rate > 0) || !std::isfinite(target.spawn_rate)) {
    return fmt::format("the spawn rate {}; it must be greater than 0", target.spawn_rate);
  }
  for (const std::string& name : target.user_classes) {
    if (std::ranges::find(options.user_classes, name, &DispatchedClass::name) ==
        options.user_classes.end()) {
      return fmt::format("the user class {}, which this run does not have", name);
    }
  }
  return {};
}

// --- the end ---

void LocalRunner::State::on(const StopAsked&, TimePoint now) {
  if (stage == Stage::kIdle) return;
  next_tick = TimePoint::max();
  ticking.reset();
  ending.stop(options.stop_timeout, now);
}

void LocalRunner::State::on(const SignalReceived& event, TimePoint now) {
  if (std::exchange(signalled, true)) {
    actions.warning("Second signal: exiting immediately");
    return ending.exit(1);
  }
  if (event.signal == SIGTERM) actions.info("Got SIGTERM signal");
  // The verdict is about all requests of the tables, also those that end while the users stop.
  if (!thresholds.empty()) return ending.quit(options.stop_timeout, {}, now);
  ending.quit_by_signal(options.stop_timeout, now);
}

void LocalRunner::State::on(const IterationsUsedUp& event, TimePoint now) {
  if (ending.active()) return;
  const bool is_of_all = event.user_class.empty();
  actions.info(
      fmt::format("Iteration limit{} reached ({}), stopping {} at the start of their next task run",
                  is_of_all ? "" : " of " + event.user_class, event.iterations,
                  is_of_all ? "Users" : "its Users"));
  if (is_of_all) return ending.quit(kUntilTaskEnds, kLastUserStopped, now);
  used_up.insert(event.user_class);
  end_without_iterations(now);
}

/// Ends the run if no user can run a task any more.
void LocalRunner::State::end_without_iterations(TimePoint now) {
  if (used_up.empty() || ending.active()) return;
  const auto may_go_on = [this](const DispatchedClass& user_class) {
    return !used_up.contains(user_class.name) && may_have_users(user_class);
  };
  if (std::ranges::any_of(options.user_classes, may_go_on)) return;
  ending.quit(kUntilTaskEnds, kLastUserStopped, now);
}

/// Whether the class has users, or this run may still start some.
bool LocalRunner::State::may_have_users(const DispatchedClass& user_class) const {
  if (stage == Stage::kRunning && !options.has_shape) return ramp.counts()[user_class.name] > 0;
  return user_class.weight > 0 || user_class.fixed_count > 0;
}

int LocalRunner::State::exit_code() const {
  constexpr int kThresholdFailed = 3;
  if (users_code) return *users_code;
  if (thresholds.any_failed(stats.all())) return kThresholdFailed;
  // Thresholds decide about failed requests. An exception is a mistake in the test itself.
  const bool failures_count = thresholds.empty() || options.failures_always_count;
  if (!exceptions.rows().empty() || (failures_count && !stats.all().errors.empty())) {
    return options.exit_code_on_error;
  }
  return failed ? 2 : 0;
}

// --- statistics ---

void LocalRunner::State::on(IncrementsCollected& event, TimePoint now) {
  const bool is_second = collecting && event.id >= *collecting;
  check_thresholds(event, is_second, now);
  stats.add(std::move(event.increment), (now - started) / 1s);
  if (is_second) {
    collecting.reset();
    ++reports;
    report_at_full_second(event.unix_now, now);
    actions.add(ReportStats{reports % 2 == 0 && wants_tables(now)});
  }
  ending.on(event, now);
}

void LocalRunner::State::check_thresholds(const IncrementsCollected& collected, bool is_second,
                                          TimePoint now) {
  // While the users stop, rates fall. That must not meet a condition.
  const TimePoint until = ending.quitting() ? ending.quitting_since() : now;
  const auto elapsed = std::max(Clock::duration::zero(), until - measured_until);
  measured_until = std::max(measured_until, until);
  thresholds.add(collected.increment, elapsed, is_second && !ending.active(), collected.threads);
  if (ending.active() || thresholds.stop() == nullptr) return;
  actions.info(fmt::format("Threshold failed: {}; shutting down", thresholds.stop()->text));
  ending.quit(options.stop_timeout, {}, now);
}

/// Not right before the final tables, but while users take long to stop.
bool LocalRunner::State::wants_tables(TimePoint now) const {
  if (!ending.quitting()) return true;
  return !ending.exit_code_is_logged() && now >= ending.quitting_since() + kReportInterval;
}

void LocalRunner::State::report_on_time(TimePoint now) {
  if (now < next_report) return;
  next_report += (now - next_report) / kReportInterval * kReportInterval + kReportInterval;
  collecting = actions.next_id();
  actions.add(CollectIncrements{*collecting});
}

/// Then what is collected was measured in one second of the system clock, as far as possible.
void LocalRunner::State::report_at_full_second(double unix_now, TimePoint now) {
  if (unix_now == 0) return;
  next_report = next_full_second(unix_now, now);
}

void LocalRunner::State::on(const UserError& event, TimePoint) { exceptions.add(event.exception); }

// --- keys ---

void LocalRunner::State::on(const KeyPressed& event, TimePoint now) {
  const std::int64_t change = event.key == 'w'   ? 1
                              : event.key == 'W' ? 10
                              : event.key == 's' ? -1
                              : event.key == 'S' ? -10
                                                 : 0;
  if (change == 0 || ending.active()) return;
  if (stage == Stage::kSpawning || stage == Stage::kTestStart) {
    return actions.warning(change > 0 ? "Already spawning users, can't spawn more right now"
                                      : "Spawning users, can't stop right now");
  }
  order({std::max<std::int64_t>(0, user_count() + change), kRateOfKeys, {}}, now);
}

// --- time ---

void LocalRunner::State::on_time(TimePoint now) {
  if (!ending.active()) {
    if (run_ends && now >= *run_ends) {
      run_ends.reset();
      actions.info("--run-time limit reached, shutting down");
      ending.quit(options.stop_timeout, {}, now);
    } else {
      spawn_on_time(now);
      if (now >= next_tick && !ticking) tick_shape(now);
    }
  }
  report_on_time(now);
  ending.on_time(now);
  if (ending.users_stopped()) stage = Stage::kIdle;
}

TimePoint LocalRunner::State::next_wakeup() const {
  if (ending.exited()) return TimePoint::max();
  TimePoint next = std::min(next_report, ending.next_wakeup());
  if (!ending.active()) {
    if (run_ends) next = std::min(next, *run_ends);
    if (!ticking) next = std::min(next, next_tick);
    if (stage == Stage::kSpawning) {
      next = std::min({next, ramp.next_wakeup(), patience_ends.value_or(TimePoint::max())});
    }
  }
  return std::max(next, last_now);
}

LocalRunner::LocalRunner(LocalOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

LocalRunner::~LocalRunner() = default;

std::vector<LocalAction> LocalRunner::start(TimePoint now, double unix_now) {
  CHECK(state_->thread.is_here());
  state_->last_now = now;
  state_->start(now, unix_now);
  return state_->actions.take();
}

std::vector<LocalAction> LocalRunner::handle(LocalEvent event, TimePoint now) {
  CHECK(state_->thread.is_here());
  CHECK(now >= state_->last_now);
  state_->last_now = now;
  if (state_->ending.exited()) return {};
  std::visit([&](auto& one) { state_->on(one, now); }, event);
  if (!state_->ending.exited()) state_->on_time(now);
  return state_->actions.take();
}

TimePoint LocalRunner::next_wakeup() const { return state_->next_wakeup(); }

const stats::RunStats& LocalRunner::stats() const { return state_->stats; }

const std::vector<ExceptionRow>& LocalRunner::exceptions() const {
  return state_->exceptions.rows();
}

std::vector<Verdict> LocalRunner::verdicts() const {
  return state_->thresholds.verdicts(state_->stats.all());
}

UserClassesCount LocalRunner::user_classes_count() const { return state_->shards.counts(); }

std::int64_t LocalRunner::user_count() const { return state_->user_count(); }

std::int64_t LocalRunner::second(TimePoint now) const { return (now - state_->started) / 1s; }

}  // namespace cppworker::runner
