#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <cppworker/value.hpp>

#include "protocol/messages.hpp"
#include "runner/events.hpp"

namespace cppworker::runner {

/// Send now. If the socket does not accept the message, it comes back as MessageNotSent.
struct Send {
  protocol::WorkerMessage message;
};

/// How long a report waits for the shards. A blocked shard delivers its increment with a later
/// report.
inline constexpr std::chrono::milliseconds kCollectTimeout{100};

/// Ask every shard for its increment. Answer with IncrementsCollected{id} after `timeout` at the
/// latest. A newer collection may replace one that is in progress: its answer then counts for both.
struct CollectIncrements {
  std::uint64_t id = 0;
  bool is_for_report = true;  ///< false: do not fire report_to_master
  std::chrono::milliseconds timeout = kCollectTimeout;
};

/// The absolute number of users per class for each shard (index = shard).
struct SetTargets {
  std::uint64_t generation = 0;
  std::vector<UserClassesCount> per_shard;
  std::chrono::duration<double> stop_timeout{};
};

/// Stop all users of all shards. Waiting users stop at once, other users have stop_timeout to
/// finish and are then stopped by force. A second StopUsers (quit while stopping) replaces the
/// first one: the answer must have the generation of the second one.
struct StopUsers {
  std::uint64_t generation = 0;
  std::chrono::duration<double> stop_timeout{};
};

enum class Hook { kTestStart, kTestStopping, kTestStop, kQuitting };

/// Fire an event as a coroutine on shard 0. Answer with HookDone{id}.
struct RunHook {
  std::uint64_t id = 0;
  Hook hook = Hook::kTestStart;
};

/// Discard all statistics that have not been sent (start of a run, --reset-stats).
struct ClearStats {
  bool keeps_names = false;  ///< --reset-stats: the names stay in the tables
};

/// The values of a spawn that user code can read, from test_start on.
struct SetEnvironment {
  std::string host;      ///< "": each class keeps its own host
  Value parsed_options;  ///< a map or None
};

struct SetWorkerIndex {
  std::int64_t index = 0;
};

/// The master reports that the ramp-up of the whole cluster is complete.
struct FireSpawningComplete {
  std::int64_t user_count = 0;
};

/// The master answered a heartbeat.
struct FireHeartbeatReceived {};

/// Pass a custom message to the listener for its type. Log a warning if there is no listener.
struct DeliverMessage {
  protocol::Custom message;
};

/// Send the log lines since the last SendLogs, if there are any.
struct SendLogs {
  bool all = false;  ///< also the lines that another master received: this master has none yet
};

struct UpdateUserClass {
  Value data;  ///< a map with a string `user_class_name`
};

/// Close the socket and open a new one with the same identity (and the next address). There is no
/// connection until the next ConnectionUp. A ConnectionDown for the old socket is optional.
struct Reconnect {};

/// Look up the master's name. If the name no longer has the socket's address, close the socket and
/// open a new one, as for Reconnect.
struct CheckAddress {};

struct Log {
  enum class Level { kDebug, kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string text;
};

/// A command of the master is being carried out.
struct MasterCommand {
  std::string name;        ///< "spawn", "stop" or "quit"
  UserClassesCount users;  ///< of a spawn: the number of users of each class
};

/// The users of the run have stopped, and all its statistics are collected.
struct RunEnded {};

/// Exit with this code after the socket has sent its queued messages (bounded linger).
struct Exit {
  int code = 0;
};

using Action = std::variant<Send, CollectIncrements, SetTargets, StopUsers, RunHook, ClearStats,
                            SetEnvironment, SetWorkerIndex, FireSpawningComplete,
                            FireHeartbeatReceived, DeliverMessage, SendLogs, UpdateUserClass,
                            Reconnect, CheckAddress, Log, MasterCommand, RunEnded, Exit>;

}  // namespace cppworker::runner
