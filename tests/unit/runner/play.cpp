#include "play.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace cppworker::runner {
namespace {

const char* name(Hook hook) {
  switch (hook) {
    case Hook::kTestStart:
      return "test_start";
    case Hook::kTestStopping:
      return "test_stopping";
    case Hook::kTestStop:
      return "test_stop";
    case Hook::kQuitting:
      return "quitting";
  }
  return "?";
}

const char* name(protocol::WorkerState state) {
  switch (state) {
    case protocol::WorkerState::kReady:
      return "ready";
    case protocol::WorkerState::kSpawning:
      return "spawning";
    case protocol::WorkerState::kRunning:
      return "running";
  }
  return "?";
}

std::string seconds(std::chrono::duration<double> duration) {
  return fmt::format("{}s", duration.count());
}

std::string line(const Send& a) {
  std::string result = fmt::format("-> {}", wire_type(a.message));
  if (const auto* heartbeat = std::get_if<protocol::Heartbeat>(&a.message)) {
    return fmt::format("{} {}", result, name(heartbeat->state));
  }
  if (const auto* complete = std::get_if<protocol::SpawningComplete>(&a.message)) {
    return fmt::format("{} {}", result, text(complete->user_classes_count));
  }
  if (const auto* exception = std::get_if<protocol::Exception>(&a.message)) {
    return fmt::format("{} {}", result, exception->msg);
  }
  if (const auto* report = std::get_if<protocol::StatsReport>(&a.message)) {
    return fmt::format("{} {}", result, text(report->user_classes_count));
  }
  return result;
}
std::string line(const CollectIncrements&) { return "collect"; }
std::string line(const SetTargets& a) {
  Lines shares;
  for (const auto& share : a.per_shard) shares.push_back(text(share));
  return fmt::format("targets [{}]", fmt::join(shares, "|"));
}
std::string line(const StopUsers& a) { return "stop users " + seconds(a.stop_timeout); }
std::string line(const RunHook& a) { return fmt::format("hook {}", name(a.hook)); }
std::string line(const ClearStats& a) {
  return a.keeps_names ? "clear stats (keeps names)" : "clear stats";
}
std::string line(const SetEnvironment&) { return "options"; }
std::string line(const SetWorkerIndex& a) { return fmt::format("index {}", a.index); }
std::string line(const FireSpawningComplete& a) {
  return fmt::format("fire spawning_complete {}", a.user_count);
}
std::string line(const FireHeartbeatReceived&) { return "fire heartbeat_received"; }
std::string line(const DeliverMessage& a) { return "deliver " + a.message.type; }
std::string line(const SendLogs& a) { return a.all ? "-> logs (all)" : "-> logs"; }
std::string line(const UpdateUserClass&) { return "update user class"; }
std::string line(const Reconnect&) { return "reconnect"; }
std::string line(const CheckAddress&) { return "check address"; }
std::string line(const Log& a) {
  const char* level[] = {"debug", "info", "warning", "error"};
  return fmt::format("{}: {}", level[static_cast<int>(a.level)], a.text);
}
std::string line(const MasterCommand& a) {
  return fmt::format("command {}{}{}", a.name, a.users.empty() ? "" : " ", text(a.users));
}
std::string line(const RunEnded&) { return "run ended"; }
std::string line(const Exit& a) { return fmt::format("exit {}", a.code); }

bool is_noise(const std::string& line) {
  for (const char* noise : {"-> heartbeat", "fire heartbeat_received", "debug:", "info:", "collect",
                            "options", "command", "run ended", "check address"}) {
    if (line.starts_with(noise)) return true;
  }
  return false;
}

}  // namespace

std::string text(const UserClassesCount& counts) {
  Lines parts;
  for (const auto& [name, count] : counts) parts.push_back(fmt::format("{}={}", name, count));
  return fmt::format("{}", fmt::join(parts, " "));
}

std::string line(const Action& action) {
  return std::visit([](const auto& a) { return line(a); }, action);
}

Play::Play(WorkerOptions with) : runner(with), alive(with.shards) {
  for (auto& shard : alive) {
    for (const auto& user_class : with.user_classes) shard[user_class] = 0;
  }
  take(runner.start(now));
  heard_.clear();
}

Lines Play::on(Event event) {
  feed(std::move(event));
  return heard();
}

void Play::feed(Event event) {
  answers_.push_back(std::move(event));
  while (!answers_.empty()) {
    Event next = std::move(answers_.front());
    answers_.pop_front();
    if (std::holds_alternative<ConnectionUp>(next)) connected_ = true;
    if (std::holds_alternative<ConnectionDown>(next)) connected_ = heard_from_here_ = false;
    if (std::holds_alternative<MessageReceived>(next) && connected_) {
      looks_old_ = looks_old_ || (introduced_ && known_to_master_);
      introduced_ = false;
      heard_from_here_ = true;
    }
    if (const auto* reached = std::get_if<ShardReached>(&next)) {
      count(reached->shard, reached->user_classes_count);
    }
    if (const auto* changed = std::get_if<ShardUsersChanged>(&next)) {
      count(changed->shard, changed->user_classes_count);
    }
    if (const auto* ended = std::get_if<ShardStopped>(&next)) {
      count(ended->shard, {});
    }
    take(runner.handle(std::move(next), now));
    EXPECT_GE(runner.next_wakeup(), now);
  }
}

void Play::count(std::size_t shard, const UserClassesCount& counts) {
  for (auto& [name, users] : alive[shard]) {
    const auto given = counts.find(name);
    users = given == counts.end() ? 0 : given->second;
  }
}

void Play::take(std::vector<Action> actions) {
  for (const Action& action : actions) {
    check(action);
    std::string said = line(action);
    everything_.push_back(
        fmt::format("{:.1f} {}", std::chrono::duration<double>(now - TimePoint{}).count(), said));
    if (!is_noise(said)) heard_.push_back(std::move(said));
    answer_to(action);
  }
}

void Play::check(const Action& action) {
  EXPECT_FALSE(exited) << line(action);
  exited = exited || std::holds_alternative<Exit>(action);
  if (std::holds_alternative<FireHeartbeatReceived>(action)) looks_old_ = false;
  const auto* send = std::get_if<Send>(&action);
  if (send == nullptr) return;
  EXPECT_TRUE(connected_) << line(action);
  const bool is_heartbeat = std::holds_alternative<protocol::Heartbeat>(send->message);
  const bool is_ready = std::holds_alternative<protocol::ClientReady>(send->message);
  if (!is_heartbeat && !is_ready) {
    // A master that answers no heartbeats may have been replaced by another one unnoticed.
    EXPECT_TRUE((known_to_master_ && heard_from_here_) || looks_old_)
        << line(action) << " to a master that may not know us";
  }
  if (const auto* report = std::get_if<protocol::StatsReport>(&send->message)) {
    UserClassesCount sum;
    std::int64_t total = 0;
    for (const auto& shard : alive) {
      for (const auto& [name, count] : shard) {
        sum[name] += count;
        total += count;
      }
    }
    EXPECT_EQ(report->user_classes_count, sum);
    EXPECT_EQ(report->user_count, total);
    reported += report->increment.total.num_requests;
  }
}

void Play::answer_to(const Action& action) {
  if (const auto* send = std::get_if<Send>(&action)) {
    if (std::holds_alternative<protocol::ClientReady>(send->message)) {
      introduced_ = !heard_from_here_;
      looks_old_ = looks_old_ && heard_from_here_;
      if (master_acknowledges) {
        known_to_master_ = true;
        answers_.emplace_back(MessageReceived{protocol::Ack{0}, unix_now});
      }
    } else if (std::holds_alternative<protocol::Heartbeat>(send->message)) {
      if (master_answers && known_to_master_) {
        answers_.emplace_back(MessageReceived{protocol::HeartbeatAnswer{}, unix_now});
      }
    } else if (std::holds_alternative<protocol::ClientStopped>(send->message)) {
      known_to_master_ = false;
    }
  } else if (const auto* hook = std::get_if<RunHook>(&action)) {
    last_hook = hook->id;
    if (hooks_end) answers_.emplace_back(HookDone{hook->id});
  } else if (const auto* collect = std::get_if<CollectIncrements>(&action)) {
    last_collect = collect->id;
    if (increments_come) answers_.emplace_back(collection());
  } else if (const auto* environment = std::get_if<SetEnvironment>(&action)) {
    last_environment = *environment;
  } else if (const auto* targets = std::get_if<SetTargets>(&action)) {
    last_generation = targets->generation;
    last_targets = *targets;
    for (std::size_t s = 0; shards_obey && s < alive.size(); ++s) {
      answers_.emplace_back(ShardReached{s, targets->generation, targets->per_shard[s]});
    }
  } else if (const auto* stop = std::get_if<StopUsers>(&action)) {
    last_generation = stop->generation;
    for (std::size_t s = 0; shards_obey && s < alive.size(); ++s) {
      answers_.emplace_back(ShardStopped{s, stop->generation});
    }
  } else if (std::holds_alternative<Reconnect>(action)) {
    connected_ = heard_from_here_ = false;
    if (fresh_sockets_connect) answers_.emplace_back(ConnectionUp{});
  }
}

IncrementsCollected Play::collection() {
  IncrementsCollected result{.id = last_collect};
  stats::EntryIncrement entry;
  entry.name = "/";
  entry.method = "GET";
  entry.num_requests = std::exchange(measured, 0) + measured_each;
  result.increment.total = entry;
  if (entry.num_requests > 0) result.increment.entries[{"/", "GET"}] = entry;
  return result;
}

Lines Play::heard() { return std::exchange(heard_, {}); }

Lines Play::everything() { return std::exchange(everything_, {}); }

Lines Play::pass(Clock::duration duration) {
  const TimePoint end = now + duration;
  for (int ticks = 0; runner.next_wakeup() <= end; ++ticks) {
    if (ticks > 1'000'000) {
      ADD_FAILURE() << "the runner wants to be woken again and again at the same time";
      break;
    }
    unix_now += std::chrono::duration<double>(runner.next_wakeup() - now).count();
    now = runner.next_wakeup();
    feed(Tick{});
  }
  unix_now += std::chrono::duration<double>(end - now).count();
  now = end;
  return heard();
}

void Play::connect() {
  up();
  heard();
  everything();
}

Lines Play::master(protocol::MasterMessage message) {
  if (connected_ && !std::holds_alternative<protocol::Quit>(message) &&
      !std::holds_alternative<protocol::Reconnect>(message)) {
    known_to_master_ = true;  // it sends this only to a registered worker
  }
  return on(MessageReceived{std::move(message), unix_now});
}

Lines Play::spawn(UserClassesCount targets, double stop_timeout) {
  protocol::Spawn message;
  last_timestamp_ = std::max(unix_now, last_timestamp_ + 0.001);
  message.timestamp = last_timestamp_;
  message.user_classes_count = std::move(targets);
  message.stop_timeout = stop_timeout;
  return spawn(std::move(message));
}

Lines Play::spawn(protocol::Spawn message) { return master(std::move(message)); }

Lines Play::reached(std::size_t shard, UserClassesCount now_alive) {
  return on(ShardReached{shard, last_generation, std::move(now_alive)});
}

Lines Play::stopped(std::size_t shard) { return on(ShardStopped{shard, last_generation}); }

}  // namespace cppworker::runner
