#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runner/local_runner.hpp"

namespace cppworker::runner {

using namespace std::chrono_literals;

/// A run without a master, with a virtual clock. LocalPlay simulates well-behaved shards, hooks,
/// collections and a load shape, which the test can disable. Lines are "seconds action", as in
/// "0.5 users A=1 B=0" for the users of all shards together.
class LocalPlay {
 public:
  using Lines = std::vector<std::string>;

  static LocalOptions options() {
    LocalOptions result;
    result.user_classes = {{"A"}, {"B"}};
    result.shards = 2;
    return result;
  }

  explicit LocalPlay(LocalOptions with = options()) : runner(std::move(with)) {}

  bool shards_obey = true;      ///< ShardReached, ShardStopped at once
  bool hooks_end = true;        ///< HookDone at once
  bool increments_come = true;  ///< IncrementsCollected at once
  double unix_start = 0;        ///< Unix time at the beginning; 0: the runner does not know it
  /// What tick() of the load shape returns at a time in seconds.
  std::function<std::optional<ShapeTarget>(double)> shape;

  Lines start();
  Lines on(LocalEvent event);
  /// Lets time pass, with all ticks that are due.
  Lines pass(Clock::duration duration);
  Lines signal(int number) { return on(SignalReceived{number}); }
  /// Requests of the next collection.
  stats::StatsIncrement measured;
  /// The answer to the last StopUsers.
  Lines stopped();

  LocalRunner runner;
  TimePoint now{};
  std::int64_t users = 0;   ///< by the last SetTargets
  std::optional<int> code;  ///< of the exit
  std::uint64_t last_hook = 0;
  std::chrono::duration<double> last_stop_timeout{};

 private:
  void take(std::vector<LocalAction> actions);
  void feed(LocalEvent event);
  void answer_to(const LocalAction& action);

  std::deque<LocalEvent> answers_;
  Lines lines_;
  std::uint64_t last_generation_ = 0;
};

/// The lines with this text, without their times.
[[nodiscard]] LocalPlay::Lines without_times(const LocalPlay::Lines& lines);

}  // namespace cppworker::runner
