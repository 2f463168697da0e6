#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <cppworker/value.hpp>

#include "stats/increment.hpp"

/// The messages of Locust's master/worker protocol as types. With them no message can lack a key:
/// one missing key ends the only listener of a stock master (docs/PROTOCOL.md).
namespace cppworker::protocol {

using UserClassesCount = std::map<std::string, std::int64_t>;

// --- worker -> master ---------------------------------------------------------------------------

/// The version is always sent as -1, "not a Python worker", which avoids the master's version
/// warning.
struct ClientReady {
  bool operator==(const ClientReady&) const = default;
};

enum class WorkerState { kReady, kSpawning, kRunning };

struct Heartbeat {
  WorkerState state = WorkerState::kReady;
  double current_cpu_usage = 0;           ///< percent, of the busiest thread, 0-100
  std::int64_t current_memory_usage = 0;  ///< resident set size, bytes
  bool operator==(const Heartbeat&) const = default;
};

struct Spawning {
  bool operator==(const Spawning&) const = default;
};

struct SpawningComplete {
  UserClassesCount user_classes_count;
  std::int64_t user_count = 0;
  bool operator==(const SpawningComplete&) const = default;
};

struct StatsReport {
  stats::StatsIncrement increment;
  UserClassesCount user_classes_count;  ///< idle classes appear with 0
  std::int64_t user_count = 0;
  Value::Map added{};  ///< by report_to_master listeners; text keys, none of Locust's own
  bool operator==(const StatsReport&) const = default;
};

struct Exception {
  std::string msg;
  std::string traceback;  ///< the master groups by it; the same for the same site, never empty
  bool operator==(const Exception&) const = default;
};

struct Logs {
  std::string worker_id;
  std::vector<std::string> lines;
  bool operator==(const Logs&) const = default;
};

struct ClientStopped {
  bool operator==(const ClientStopped&) const = default;
};

struct Quit {
  bool operator==(const Quit&) const = default;
};

/// A custom message of the locustfile, in either direction.
struct Custom {
  std::string type;
  Value data;
  bool operator==(const Custom&) const = default;
};

using WorkerMessage = std::variant<ClientReady, Heartbeat, Spawning, SpawningComplete, StatsReport,
                                   Exception, Logs, ClientStopped, Quit, Custom>;

// --- master -> worker ---------------------------------------------------------------------------

struct Ack {
  std::optional<std::int64_t> index;  ///< masters <= 2.10.2 send none
  bool operator==(const Ack&) const = default;
};

struct Spawn {
  double timestamp = 0;                 ///< the master's clock, Unix seconds
  UserClassesCount user_classes_count;  ///< absolute targets
  std::optional<std::string> host;      ///< none or "": each class uses its own
  double stop_timeout = 0;              ///< seconds; None in the message is decoded as 0
  Value parsed_options;                 ///< a map, or None from masters before 2.2
  bool operator==(const Spawn&) const = default;
};

/// The whole cluster has reached its user count.
struct ClusterSpawningComplete {
  std::int64_t user_count = 0;
  bool operator==(const ClusterSpawningComplete&) const = default;
};

struct Stop {
  bool operator==(const Stop&) const = default;
};

struct Reconnect {
  bool operator==(const Reconnect&) const = default;
};

struct HeartbeatAnswer {
  bool operator==(const HeartbeatAnswer&) const = default;
};

struct UpdateUserClass {
  Value data;  ///< a map with at least a string `user_class_name`
  bool operator==(const UpdateUserClass&) const = default;
};

using MasterMessage = std::variant<Ack, Spawn, ClusterSpawningComplete, Stop, Quit, Reconnect,
                                   HeartbeatAnswer, UpdateUserClass, Custom>;

/// The type of a message in the protocol: "client_ready", "spawning", …; a Custom's own type.
[[nodiscard]] std::string_view wire_type(const WorkerMessage& message);
[[nodiscard]] std::string_view wire_type(const MasterMessage& message);

}  // namespace cppworker::protocol
