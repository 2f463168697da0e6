#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "protocol/messages.hpp"
#include "stats/increment.hpp"

/// What can happen to a worker. The runner is a pure function of (state, event, now) to actions:
/// no socket, clock or thread in it, so that every protocol sequence is a unit test.
namespace cppworker::runner {

using protocol::UserClassesCount;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;  ///< handed in by the caller; virtual in tests

/// A message of the master, decoded and valid.
struct MessageReceived {
  protocol::MasterMessage message;
  double unix_now = 0;  ///< this machine's clock when it arrived, Unix seconds
};

/// The socket has (or no longer has) an established connection to something that speaks ZMTP. It
/// does not say that a Locust master answers there.
struct ConnectionUp {};
struct ConnectionDown {};

/// Why there is no connection (name not found, refused, a peer that does not speak ZMTP): goes into
/// the log line that asks the reader to check the address.
struct ConnectionTrouble {
  std::string text;
  bool refused = false;  ///< the address accepts no connections: no process listens there
};

/// The socket did not take this message: there is no connection, or too much waits already.
struct MessageNotSent {
  protocol::WorkerMessage message;
};

/// A shard has what the SetTargets of this generation asked for: missing users are started,
/// surplus ones have ended.
struct ShardReached {
  std::size_t shard = 0;
  std::uint64_t generation = 0;
  UserClassesCount user_classes_count;  ///< alive now on this shard
};

/// All users of a shard have ended after StopUsers, and its last increment has been handed over.
struct ShardStopped {
  std::size_t shard = 0;
  std::uint64_t generation = 0;
};

/// Users of a shard ended by themselves (StopUser, an exception in on_start) or were parked.
struct ShardUsersChanged {
  std::size_t shard = 0;
  UserClassesCount user_classes_count;
};

/// The answer to CollectIncrements: what all shards have measured since the last one. The increment
/// of a shard that user code blocks comes with a later one.
struct IncrementsCollected {
  std::uint64_t id = 0;
  stats::StatsIncrement increment{};
  Value::Map report_data{};  ///< of report_to_master listeners; empty: none since the last one
};

/// The system clock was set: what has been measured gets the times that the clock would have given
/// it as it goes now.
struct SystemClockSet {
  double seconds = 0;  ///< forward; back if negative
};

/// A lifecycle coroutine on shard 0 (test_start, test_stop, quitting) has ended.
struct HookDone {
  std::uint64_t id = 0;
};

/// An exception escaped user code on some shard.
struct UserError {
  protocol::Exception exception;
};

/// User code asks to send a message to the master.
struct SendMessage {
  protocol::Custom message;
};

/// User code called runner.quit() or runner.stop().
struct QuitAsked {};
struct StopAsked {};

/// SIGINT or SIGTERM. The second one ends the process at once.
struct SignalReceived {
  int signal = 0;
};

/// Time has passed (`WorkerRunner::next_wakeup()` was reached).
struct Tick {};

/// Measured by the caller right before a heartbeat may be sent.
struct UsageMeasured {
  double cpu_percent = 0;         ///< busiest own thread, 0-100
  std::int64_t memory_bytes = 0;  ///< resident set size
};

using Event = std::variant<MessageReceived, ConnectionUp, ConnectionDown, ConnectionTrouble,
                           MessageNotSent, ShardReached, ShardStopped, ShardUsersChanged,
                           IncrementsCollected, HookDone, UserError, SendMessage, QuitAsked,
                           StopAsked, SignalReceived, Tick, UsageMeasured, SystemClockSet>;

}  // namespace cppworker::runner
