#include "runner/run.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "runner/seconds.hpp"
#include "runner/split_targets.hpp"

namespace cppworker::runner {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxWaiting = 1000;

/// The run time from the master's options, in seconds; none if the options do not set it.
std::optional<double> run_time(const Value& parsed_options) {
  double seconds = 0;
  const Value* value = parsed_options.find("run_time");
  if (value == nullptr || !value->to_double(seconds) || !(seconds > 0)) return std::nullopt;
  return seconds;
}

}  // namespace

Run::Run(const WorkerOptions& options, ActionList& actions, Outbox& outbox, ReportLedger& ledger)
    : options_(options),
      actions_(actions),
      outbox_(outbox),
      ledger_(ledger),
      shards_(options.user_classes, options.shards),
      unknown_classes_(options.user_classes, actions) {}

void Run::received(const protocol::Spawn& spawn, TimePoint now) {
  if (stopping()) return wait(spawn, now);
  actions_.add(Send{protocol::Spawning{}});
  if (spawn.timestamp <= last_timestamp_) {
    actions_.info(
        "Discard spawn message with older or equal timestamp than timestamp of previous spawn "
        "message");
    return;
  }
  last_timestamp_ = spawn.timestamp;
  stop_timeout_ = to_clock(spawn.stop_timeout);
  const bool new_run = stage_ == Stage::kReady;
  if (new_run) ledger_.clear();
  actions_.add(SetEnvironment{spawn.host.value_or(""), spawn.parsed_options});
  actions_.add(MasterCommand{"spawn", spawn.user_classes_count});
  events_fired_ = false;
  if (new_run) {
    stage_ = Stage::kTestStart;
    targets_.clear();
    unknown_classes_.new_run();
    const auto seconds = run_time(spawn.parsed_options);
    ends_at_ = seconds ? std::optional(now + to_clock(*seconds)) : std::nullopt;
    waiting_for_ = run_hook(Hook::kTestStart);
  }
  const UserClassesCount known = unknown_classes_.filter(spawn.user_classes_count, outbox_, now);
  for (const auto& [name, count] : known) targets_[name] = count;
  if (!new_run && stage_ != Stage::kTestStart) set_targets(now);
}

void Run::set_targets(TimePoint now) {
  CHECK(!stopping());
  stage_ = Stage::kSpawning;
  wire_state_ = protocol::WorkerState::kSpawning;
  actions_.add(shards_.assign(targets_, stop_timeout_));
  patience_ends_ = now + kShardPatience;
  if (shards_.ramping_down()) *patience_ends_ += stop_timeout_;
}

void Run::on(const ShardReached& event, bool certain) {
  if (!shards_.reached(event)) return;
  if (stage_ == Stage::kSpawning && shards_.all_answered()) {
    all_reached(certain);
  } else if (stage_ == Stage::kRunning) {
    all_reached(certain);  // the shard was late: report its users to the master now
  }
}

void Run::all_reached(bool certain) {
  CHECK(stage_ == Stage::kSpawning || stage_ == Stage::kRunning);
  stage_ = Stage::kRunning;
  wire_state_ = protocol::WorkerState::kRunning;
  patience_ends_.reset();
  if (!certain) return;  // heartbeats and reports contain the state and the counts too
  UserClassesCount counts = shards_.counts_reached();
  const std::int64_t total = total_users(counts);
  actions_.add(Send{protocol::SpawningComplete{std::move(counts), total}});
}

void Run::received(const protocol::Stop& stop, TimePoint now) {
  if (stopping()) return wait(stop, now);
  actions_.add(MasterCommand{"stop", {}});
  by_itself_ = false;
  begin_stop();
}

void Run::abandon() {
  by_itself_ = false;
  if (stage_ != Stage::kReady && !stopping()) begin_stop();
}

void Run::stop_by_itself() {
  if (stage_ == Stage::kReady || stopping() || events_fired_) return;
  by_itself_ = true;
  begin_stop();
}

void Run::begin_stop() {
  CHECK(!stopping() || stop_wanted_);
  // test_start must finish: test_stop cleans up what test_start sets up.
  stop_wanted_ = stage_ == Stage::kTestStart;
  if (stop_wanted_) return;
  patience_ends_.reset();
  if (events_fired_) return collect();
  events_fired_ = true;
  stage_ = Stage::kTestStopping;
  waiting_for_ = run_hook(Hook::kTestStopping);
}

void Run::on(const HookDone& event, TimePoint now) {
  if (event.id != waiting_for_) return;
  switch (stage_) {
    case Stage::kTestStart:
      stage_ = Stage::kSpawning;
      return stop_wanted_ ? begin_stop() : set_targets(now);
    case Stage::kTestStopping:
      stage_ = Stage::kStopping;
      actions_.add(shards_.stop(stop_timeout_));
      return;
    case Stage::kTestStop:
      return std::exchange(by_itself_, false) ? rest() : collect();
    default:
      return;
  }
}

/// Stays in the master's run without users.
void Run::rest() {
  CHECK(stage_ == Stage::kTestStop);
  stage_ = Stage::kRunning;
  targets_.clear();
}

void Run::on(const ShardStopped& event) {
  shards_.stopped(event);
  if (stage_ != Stage::kStopping || !shards_.all_answered()) return;
  stage_ = Stage::kTestStop;
  waiting_for_ = run_hook(Hook::kTestStop);
}

void Run::collect() {
  CHECK(stage_ < Stage::kCollecting);
  stage_ = Stage::kCollecting;
  waiting_for_ = actions_.next_id();
  actions_.add(CollectIncrements{waiting_for_});
}

bool Run::on(const IncrementsCollected& event) {
  if (stage_ != Stage::kCollecting || event.id < waiting_for_) return false;
  stage_ = Stage::kEnded;
  actions_.add(RunEnded{});
  return true;
}

void Run::on_time(bool certain, TimePoint now) {
  if (stage_ == Stage::kSpawning && patience_ends_ && now >= *patience_ends_) all_reached(certain);
}

void Run::parted(TimePoint now) {
  CHECK(stage_ == Stage::kEnded);
  stage_ = Stage::kParted;
  ready_at_ = now + options_.additional_wait_before_ready;
}

void Run::wait(std::variant<protocol::Spawn, protocol::Stop> message, TimePoint now) {
  if (waiting_.size() < kMaxWaiting) {
    waiting_.push_back(std::move(message));
  } else if (const auto dropped = too_many_waiting_.allow(now)) {
    actions_.warning(fmt::format(
        "{} spawn and stop messages are queued until the users have stopped; ignored {} more",
        kMaxWaiting, *dropped));
  }
}

bool Run::take_waiting(TimePoint now) {
  bool took_spawn = false;
  while (!waiting_.empty() && !stopping()) {
    const auto message = std::move(waiting_.front());
    waiting_.pop_front();
    const auto* spawn = std::get_if<protocol::Spawn>(&message);
    took_spawn = spawn != nullptr;
    if (took_spawn) {
      received(*spawn, now);
    } else {
      received(protocol::Stop{}, now);
    }
  }
  return took_spawn;
}

void Run::forget_spawns(bool waiting_ones_too) {
  last_timestamp_ = 0;
  if (waiting_ones_too) waiting_.clear();
}

std::uint64_t Run::run_hook(Hook hook) {
  const std::uint64_t id = actions_.next_id();
  actions_.add(RunHook{id, hook});
  return id;
}

TimePoint Run::next_wakeup() const {
  if (stage_ == Stage::kSpawning && patience_ends_) return *patience_ends_;
  if (stage_ == Stage::kParted) return ready_at_;
  return TimePoint::max();
}

}  // namespace cppworker::runner
