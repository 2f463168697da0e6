#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
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

/// Send a `stats` report with everything merged so far and not yet sent; the caller's ledger
/// (runner/report_ledger.hpp) keeps it until a heartbeat proves that it was read.
struct SendReport {
  UserClassesCount user_classes_count;
  std::int64_t user_count = 0;
  /// The heartbeat (see HeartbeatProved) whose answer proves that this report was read; none when
  /// this master answers no heartbeats (<= 2.12): nothing can prove it, there is nothing to keep.
  std::optional<std::uint64_t> proved_by;
};

/// How long a report waits for shards; a blocked one delivers with a later report.
inline constexpr std::chrono::milliseconds kCollectPatience{100};

/// Ask every shard for its increment; answer with IncrementsCollected{id}, after `patience` at the
/// latest. While one is under way a newer one may take its place: that one's answer stands for
/// both.
struct CollectIncrements {
  std::uint64_t id = 0;
  std::chrono::milliseconds patience{};
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

/// A heartbeat was answered: every report with `proved_by` up to this number has been read.
/// Heartbeats are numbered from 1 in the order in which they are sent, over all connections.
struct HeartbeatProved {
  std::uint64_t heartbeat = 0;
};

/// Close the socket and open a fresh one with the same identity (and the next address). Until the
/// next ConnectionUp there is no connection; a ConnectionDown for the old socket may be left out.
struct Reconnect {};

/// Another master process has taken over. With `resend`, what was not proved goes to it; otherwise
/// that and what is pending belong to a run that is over: both are dropped and their size is
/// logged.
struct MasterChanged {
  bool resend = false;
};

/// The connection to a master that may be the same one broke and came back: what was in doubt is
/// never sent again, its size is logged. What is pending goes to it.
struct DropUnproved {};

struct Log {
  enum class Level { kDebug, kInfo, kWarning, kError };
  Level level = Level::kInfo;
  std::string text;
};

/// End the process with this code, after what was sent has left the socket (bounded linger).
struct Exit {
  int code = 0;
};

using Action = std::variant<Send, SendReport, CollectIncrements, SetTargets, StopUsers, RunHook,
                            ClearStats, SetEnvironment, SetWorkerIndex, FireSpawningComplete,
                            FireHeartbeatReceived, DeliverMessage, SendLogs, UpdateUserClass,
                            HeartbeatProved, Reconnect, MasterChanged, DropUnproved, Log, Exit>;

}  // namespace cppworker::runner
