#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "protocol/messages.hpp"
#include "stats/increment.hpp"
#include "stats/lateness.hpp"

/// The events of a worker. The runner is a pure function from (state, event, now) to actions. It
/// uses no socket, clock or thread, so every protocol sequence can be a unit test.
namespace cppworker::runner {

using protocol::UserClassesCount;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;  ///< passed by the caller; virtual in tests

/// A message from the master, decoded and valid.
struct MessageReceived {
  protocol::MasterMessage message;
  double unix_now = 0;  ///< this machine's clock when it arrived, Unix seconds
};

/// The socket has (or no longer has) a connection to a peer that speaks ZMTP. The peer is not
/// necessarily a Locust master.
struct ConnectionUp {};
struct ConnectionDown {};

/// The reason why there is no connection (name not found, refused, a peer that does not speak
/// ZMTP). It is part of the log line that asks the reader to check the address.
struct ConnectionTrouble {
  std::string text;
  /// The master's process has probably ended: its address refuses connections, or its name has
  /// other addresses now.
  bool process_ended = false;
};

/// The socket did not accept this message: there is no connection, or its queue is full.
struct MessageNotSent {
  protocol::WorkerMessage message;
};

/// A shard has reached the targets of this generation's SetTargets: missing users have started and
/// surplus users have ended.
struct ShardReached {
  std::size_t shard = 0;
  std::uint64_t generation = 0;
  UserClassesCount user_classes_count;  ///< running on this shard now
};

/// All users of a shard have ended after StopUsers, and the shard has delivered its last increment.
struct ShardStopped {
  std::size_t shard = 0;
  std::uint64_t generation = 0;
};

/// Users of a shard ended on their own (StopUser, an exception in on_start) or were parked.
struct ShardUsersChanged {
  std::size_t shard = 0;
  UserClassesCount user_classes_count;
};

/// The answer to CollectIncrements: the statistics of all shards since the last answer. If user
/// code blocks a shard, the increment of that shard comes with a later answer.
struct IncrementsCollected {
  std::uint64_t id = 0;
  stats::StatsIncrement increment{};
  Value::Map report_data{};  ///< from report_to_master listeners; empty: none since the last answer
  double unix_now = 0;       ///< when it was collected, Unix seconds; 0: not known
  double lag_p99_ms = 0;     ///< since the last answer, of the thread with the longest lag
  double lag_max_ms = 0;
  std::vector<stats::Lateness> threads{};  ///< since the last answer, of each shard's thread
};

/// The system clock was set. Times that were recorded before are shifted by the same amount.
struct SystemClockSet {
  double seconds = 0;  ///< forward; backward if negative
};

/// A lifecycle coroutine on shard 0 (test_start, test_stop, quitting) has ended.
struct HookDone {
  std::uint64_t id = 0;
};

/// User code on a shard threw an exception and did not catch it.
struct UserError {
  protocol::Exception exception;
};

/// User code called send_message.
struct SendMessage {
  protocol::Custom message;
};

/// User code called runner.quit() or runner.stop().
struct QuitAsked {};
struct StopAsked {};

/// SIGINT or SIGTERM. A second signal ends the process at once.
struct SignalReceived {
  int signal = 0;
};

/// The master process, which this process started, has ended.
struct MasterEnded {
  std::string text{};  ///< for the log; "": another worker of this process logs it
};

/// Time has passed (`WorkerRunner::next_wakeup()` was reached).
struct Tick {};

/// Measured by the caller right before a heartbeat may be sent.
struct UsageMeasured {
  double cpu_percent = 0;         ///< of the busiest thread of this worker, 0-100
  std::int64_t memory_bytes = 0;  ///< resident set size
};

using Event =
    std::variant<MessageReceived, ConnectionUp, ConnectionDown, ConnectionTrouble, MessageNotSent,
                 ShardReached, ShardStopped, ShardUsersChanged, IncrementsCollected, HookDone,
                 UserError, SendMessage, QuitAsked, StopAsked, SignalReceived, MasterEnded, Tick,
                 UsageMeasured, SystemClockSet>;

}  // namespace cppworker::runner
