#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <cppworker/value.hpp>

#include "runner/events.hpp"
#include "runner/exceptions.hpp"
#include "runner/local_actions.hpp"
#include "runner/thresholds.hpp"
#include "runner/users_dispatcher.hpp"
#include "stats/limits.hpp"
#include "stats/run_stats.hpp"

namespace cppworker::runner {

/// The number of users that a load shape wants.
struct ShapeTarget {
  std::int64_t users = 0;
  double spawn_rate = 1;
  std::vector<std::string> user_classes{};  ///< empty: as before
  bool operator==(const ShapeTarget&) const = default;
};

/// The answer to TickShape.
struct ShapeTicked {
  std::uint64_t id = 0;
  std::optional<ShapeTarget> target{};  ///< none: the test ends
  bool failed = false;                  ///< tick() threw an exception, which is logged
};

/// A key was pressed on the terminal: w and W add users, s and S remove users.
struct KeyPressed {
  char key = 0;
};

/// Users have begun the last of the task iterations that their class or all users may run.
struct IterationsUsedUp {
  std::string user_class{};  ///< "": all users
  std::int64_t iterations = 0;
};

/// An exception left a listener of an event. It has been logged.
struct ListenerFailed {};

/// User code called set_process_exit_code().
struct ExitCodeSet {
  int code = 0;
};

using LocalEvent =
    std::variant<ShardReached, ShardStopped, ShardUsersChanged, IncrementsCollected, SystemClockSet,
                 HookDone, UserError, SendMessage, QuitAsked, StopAsked, SignalReceived, Tick,
                 ShapeTicked, KeyPressed, IterationsUsedUp, ListenerFailed, ExitCodeSet>;

struct LocalOptions {
  std::vector<DispatchedClass> user_classes;
  std::size_t shards = 1;
  std::int64_t users = 1;
  double spawn_rate = 1;                         ///< > 0
  std::optional<std::chrono::seconds> run_time;  ///< none: until a signal
  std::chrono::seconds stop_timeout{0};
  bool has_shape = false;  ///< a load shape decides users and spawn_rate
  bool reset_stats = false;
  int exit_code_on_error = 1;
  std::vector<Threshold> thresholds{};
  std::chrono::seconds warm_up{0};     ///< what is measured before does not count for thresholds
  bool failures_always_count = false;  ///< exit_code_on_error also applies if there are thresholds
  std::string host;
  Value parsed_options;
  stats::Limits limits;
};

/// A run without a master, with the behaviour of Locust's LocalRunner, as a state machine: events
/// in, actions out. Owned and called by one thread. It never blocks and never reads a clock.
class LocalRunner {
 public:
  explicit LocalRunner(LocalOptions options);
  ~LocalRunner();
  LocalRunner(const LocalRunner&) = delete;
  LocalRunner& operator=(const LocalRunner&) = delete;

  /// Begins the test. Returns the first actions.
  /// @param unix_now of the system clock; 0: not known
  [[nodiscard]] std::vector<LocalAction> start(TimePoint now, double unix_now = 0);

  /// Handles one event. The caller must carry out the actions in order, before the next event.
  [[nodiscard]] std::vector<LocalAction> handle(LocalEvent event, TimePoint now);

  /// When a Tick is due; never earlier than the last `now`.
  [[nodiscard]] TimePoint next_wakeup() const;

  [[nodiscard]] const stats::RunStats& stats() const;
  /// In the order in which they first occurred.
  [[nodiscard]] const std::vector<ExceptionRow>& exceptions() const;
  [[nodiscard]] std::int64_t user_count() const;
  [[nodiscard]] UserClassesCount user_classes_count() const;
  /// The verdicts on the thresholds so far.
  [[nodiscard]] std::vector<Verdict> verdicts() const;
  /// Seconds since the start, as RunStats counts them.
  [[nodiscard]] std::int64_t second(TimePoint now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cppworker::runner
