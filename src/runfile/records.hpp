#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <cppworker/value.hpp>

#include "failures/sample.hpp"
#include "stats/increment.hpp"

/// The contents of a run file, in the order in which they happened.
namespace cppworker::runfile {

/// What is known when the run begins.
struct Header {
  double start_time = 0;         ///< Unix seconds
  std::int64_t max_entries = 0;  ///< the limit for distinct names and failures
  Value::Map facts;              ///< the locustfile, the host, the program's version …
  bool operator==(const Header&) const = default;
};

/// How late a thread resumed waiting coroutines (stats::Lateness).
struct ThreadLateness {
  stats::Counts wakeups;     ///< Unix second -> count
  stats::Counts late;        ///< Unix second -> count of those that were late
  stats::Counts late_times;  ///< of those that were late: µs -> count
  double max_ms = 0;
  bool operator==(const ThreadLateness&) const = default;
};

/// The state of the worker at the end of a second.
struct State {
  std::map<std::string, std::int64_t> users;  ///< running users by class
  double cpu_percent = 0;                     ///< of the busiest thread
  std::int64_t memory_bytes = 0;
  double lag_p99_ms = 0;  ///< of the thread with the longest lag
  double lag_max_ms = 0;
  std::vector<ThreadLateness> threads{};  ///< in these seconds
  bool operator==(const State&) const = default;
};

/// What was measured in one second or, in a long run, in several seconds together.
struct Seconds {
  std::int64_t begin = 0;  ///< Unix time
  std::int64_t span = 1;
  stats::StatsIncrement increment{};  ///< in a file, its phases are records of their own
  std::optional<State> state{};       ///< none in a further block of the same seconds
  bool operator==(const Seconds&) const = default;
};

/// The phases of the requests in some seconds (--phases).
struct Phases {
  std::int64_t begin = 0;  ///< Unix time
  std::int64_t span = 1;
  stats::Phases entries;
  bool operator==(const Phases&) const = default;
};

/// Something that happened in the run.
struct Event {
  enum class Kind : std::uint8_t {
    kLog,       ///< `text` is a line of the runner's log
    kClear,     ///< a test begins: forget all statistics
    kReset,     ///< --reset-stats: forget the statistics, but not the names
    kClockSet,  ///< the system clock was set: add the number `data` to all times so far
    kEnd,       ///< the run has ended; `data` has the exit code and the verdicts
    kCommand,   ///< of the master; `text` names it, `data` has its name and the users of a spawn
  };
  Kind kind = Kind::kLog;
  double time = 0;  ///< Unix seconds
  std::string text{};
  Value data{};
  bool operator==(const Event&) const = default;
};

using Record = std::variant<Header, Seconds, Phases, Event, failures::Sample>;

}  // namespace cppworker::runfile
