#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runner/worker_runner.hpp"

namespace cppworker::runner {

using namespace std::chrono_literals;

/// The actions of the runner, one line per action: "-> spawning", "targets [A=1 B=0|A=1 B=0]",
/// "hook test_start", "reconnect", "warning: …", "exit 0".
using Lines = std::vector<std::string>;

[[nodiscard]] std::string line(const Action& action);

/// A runner with a virtual clock. The test acts as the master and the network. Play simulates
/// well-behaved shards, hooks, collections and heartbeat answers, which the test can disable.
class Play {
 public:
  static WorkerOptions options() {
    WorkerOptions result;
    result.user_classes = {"A", "B"};
    result.shards = 2;
    result.master_address = "master:5557";
    return result;
  }

  explicit Play(WorkerOptions with = options());

  // --- what Play simulates ---
  bool shards_obey = true;             ///< ShardReached, ShardStopped at once
  bool hooks_end = true;               ///< HookDone at once
  bool increments_come = true;         ///< IncrementsCollected at once
  bool master_answers = true;          ///< heartbeats, if the worker is registered
  bool master_acknowledges = true;     ///< client_ready
  bool fresh_sockets_connect = false;  ///< ConnectionUp after each Reconnect

  /// Handles one event. Returns the resulting lines without heartbeats, debug and info lines.
  Lines on(Event event);
  /// Lets time pass, with all ticks that are due. Returns the resulting lines.
  Lines pass(Clock::duration duration);

  /// Another master is at the address. This worker is not registered with it.
  void restart_master() {
    down();
    known_to_master_ = false;
  }

  /// The master removes this worker from its list; the connection stays.
  void forget_worker() { known_to_master_ = false; }
  /// This worker's process is paused: no code runs, not even timers.
  Lines pause(Clock::duration duration) {
    now += duration;
    unix_now += std::chrono::duration<double>(duration).count();
    return on(Tick{});
  }
  /// The address refuses connections.
  Lines refuse() { return on(ConnectionTrouble{"nothing accepts connections", true}); }

  Lines up() { return on(ConnectionUp{}); }
  Lines down() { return on(ConnectionDown{}); }
  /// Connects the worker to a master that accepts it, and discards the lines until then.
  void connect();

  Lines master(protocol::MasterMessage message);
  Lines spawn(UserClassesCount targets, double stop_timeout = 0);
  Lines spawn(protocol::Spawn message);
  Lines ack() { return master(protocol::Ack{}); }
  Lines answer() { return master(protocol::HeartbeatAnswer{}); }
  Lines stop() { return master(protocol::Stop{}); }
  Lines spawning_complete() { return master(protocol::ClusterSpawningComplete{}); }
  Lines quit() { return master(protocol::Quit{}); }
  Lines reconnect() { return master(protocol::Reconnect{}); }
  Lines signal() { return on(SignalReceived{15}); }

  Lines reached(std::size_t shard, UserClassesCount alive);
  Lines stopped(std::size_t shard);
  Lines hook_done() { return on(HookDone{last_hook}); }
  Lines collected() { return on(collection()); }

  /// All lines since the last call, including heartbeats, with the time in seconds since the start.
  Lines everything();

  WorkerRunner runner;
  TimePoint now{};
  double unix_now = 1'000'000;

  // The last requests of the runner.
  std::uint64_t last_hook = 0;
  std::uint64_t last_collect = 0;
  std::uint64_t last_generation = 0;
  SetEnvironment last_environment;
  SetTargets last_targets;
  std::vector<UserClassesCount> alive;  ///< per shard, as reported to the runner

  std::int64_t measured = 0;       ///< requests in the next collection
  std::int64_t measured_each = 0;  ///< additional requests in every collection
  std::int64_t reported = 0;       ///< requests in all reports that were sent

  // Invariants that are checked at every step.
  bool exited = false;

 private:
  void feed(Event event);
  void count(std::size_t shard, const UserClassesCount& counts);
  void take(std::vector<Action> actions);
  void answer_to(const Action& action);
  void check(const Action& action);
  Lines heard();
  IncrementsCollected collection();

  std::deque<Event> answers_;
  Lines heard_;
  Lines everything_;
  double last_timestamp_ = 0;
  bool connected_ = false;
  bool known_to_master_ = false;
  bool heard_from_here_ = false;  // a message from the master, on this connection
  bool introduced_ = false;       // on this connection, without a message since
  bool looks_old_ = false;        // the master accepted us but has not answered a heartbeat yet
};

/// The user counts of a report or spawning_complete, formatted as in its line.
[[nodiscard]] std::string text(const UserClassesCount& counts);

}  // namespace cppworker::runner
