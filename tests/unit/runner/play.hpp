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

/// What the runner said, one line per action: "-> spawning", "targets [A=1 B=0|A=1 B=0]", "hook
/// test_start", "reconnect", "warning: …", "exit 0".
using Lines = std::vector<std::string>;

[[nodiscard]] std::string line(const Action& action);

/// A runner on stage, on a virtual clock: the test plays the master and the network, Play plays the
/// well-behaved rest (shards, hooks, collections, heartbeat answers) unless it is told not to.
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

  // --- who else plays along ---
  bool shards_obey = true;             ///< ShardReached, ShardStopped at once
  bool hooks_end = true;               ///< HookDone at once
  bool increments_come = true;         ///< IncrementsCollected at once
  bool master_answers = true;          ///< heartbeats, when the master knows the worker
  bool master_acknowledges = true;     ///< client_ready
  bool fresh_sockets_connect = false;  ///< ConnectionUp after each Reconnect

  /// One event; what follows from it, without the heartbeat's noise and without debug and info
  /// lines.
  Lines on(Event event);
  /// Lets time pass, with all ticks that are due; what was said meanwhile.
  Lines pass(Clock::duration duration);

  /// Another master is at the address: it has never heard of this worker.
  void restart_master() {
    down();
    known_to_master_ = false;
  }

  /// The master removes this worker from its list; the connection stays.
  void forget_worker() { known_to_master_ = false; }
  /// This worker's process is paused: nothing runs, not even timers.
  Lines stand_still(Clock::duration duration) {
    now += duration;
    unix_now += std::chrono::duration<double>(duration).count();
    return on(Tick{});
  }
  /// The address accepts no connections.
  Lines refuse() { return on(ConnectionTrouble{"nothing accepts connections", true}); }

  Lines up() { return on(ConnectionUp{}); }
  Lines down() { return on(ConnectionDown{}); }
  /// A connected worker with an accepting master; forgets what was said until then.
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

  /// Everything since the last call, noise included, with the time in seconds since the start.
  Lines everything();

  WorkerRunner runner;
  TimePoint now{};
  double unix_now = 1'000'000;

  // What the runner asked for last.
  std::uint64_t last_hook = 0;
  std::uint64_t last_collect = 0;
  std::uint64_t last_generation = 0;
  SetEnvironment last_environment;
  SetTargets last_targets;
  std::vector<UserClassesCount> alive;  ///< per shard, as told to the runner

  std::int64_t measured = 0;       ///< requests that the next collection has
  std::int64_t measured_each = 0;  ///< requests that every collection has besides
  std::int64_t reported = 0;       ///< requests in all reports that were sent

  // Invariants, checked at every step.
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
  bool heard_from_here_ = false;  // the master, on this connection
  bool introduced_ = false;       // on this connection, and not heard from it since
  bool looks_old_ = false;        // accepted us, has not answered a heartbeat yet
};

/// What a report or spawning_complete counts, as in its line.
[[nodiscard]] std::string text(const UserClassesCount& counts);

}  // namespace cppworker::runner
