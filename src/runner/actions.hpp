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

/// Send now. What the socket does not take comes back as MessageNotSent.
struct Send {
  protocol::WorkerMessage message;
};

/// How long a report waits for shards; a blocked one delivers with a later report.
inline constexpr std::chrono::milliseconds kCollectTimeout{100};

/// Ask every shard for its increment; answer with IncrementsCollected{id}, after `timeout` at the
/// latest. While one is under way a newer one may take its place: that one's answer stands for
/// both.
struct CollectIncrements {
  std::uint64_t id = 0;
  std::chrono::milliseconds timeout = kCollectTimeout;
};

/// Absolute numbers of users per class for each shard (index = shard).
struct SetTargets {
  std::uint64_t generation = 0;
  std::vector<UserClassesCount> per_shard;
  std::chrono::duration<double> stop_timeout{};
};

/// Stop all users of all shards: waiting ones at once, others within stop_timeout, then by force. A
/// second one (quit while stopping) replaces the first: its generation is the one to answer.
struct StopUsers {
  std::uint64_t generation = 0;
  std::chrono::duration<double> stop_timeout{};
};

enum class Hook { kTestStart, kTestStopping, kTestStop, kQuitting };

/// Fire an event as a coroutine on shard 0; answer with HookDone{id}.
struct RunHook {
  std::uint64_t id = 0;
  Hook hook = Hook::kTestStart;
};

/// Forget what has been measured and not been sent (start of a run, --reset-stats).
struct ClearStats {};

/// What a spawn says for user code, from test_start on.
struct SetEnvironment {
  std::string host;      ///< "": each class keeps its own
  Value parsed_options;  ///< a map or None
};

struct SetWorkerIndex {
  std::int64_t index = 0;
};

/// The master says that the whole cluster is ramped up.
struct FireSpawningComplete {
  std::int64_t user_count = 0;
};

/// The master answered a heartbeat.
struct FireHeartbeatReceived {};

/// Hand a custom message to the handler registered for its type (a warning if there is none).
struct DeliverMessage {
  protocol::Custom message;
};

/// Send the newest log lines, if there are new ones.
struct SendLogs {
  bool all = false;  ///< this master has none yet: also those that another one got
};

struct UpdateUserClass {
  Value data;  ///< a map with a string `user_class_name`
};

/// Close the socket and open a fresh one with the same identity (and the next address). Until the
/// next ConnectionUp there is no connection; a ConnectionDown for the old socket may be left out.
struct Reconnect {};

struct Log {
  enum class Level { kDebug, kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string text;
};

/// End the process with this code, after what was sent has left the socket (bounded linger).
struct Exit {
  int code = 0;
};

using Action =
    std::variant<Send, CollectIncrements, SetTargets, StopUsers, RunHook, ClearStats,
                 SetEnvironment, SetWorkerIndex, FireSpawningComplete, FireHeartbeatReceived,
                 DeliverMessage, SendLogs, UpdateUserClass, Reconnect, Log, Exit>;

}  // namespace cppworker::runner
