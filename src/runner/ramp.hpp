#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/events.hpp"
#include "runner/users_dispatcher.hpp"

namespace cppworker::runner {

/// The users that a run without a master shall have at each moment. Locust starts the users of a
/// second all at once; a Ramp spreads them evenly over the second, so that their number is the same
/// at the end of each second.
class Ramp {
 public:
  explicit Ramp(std::vector<DispatchedClass> classes) : dispatcher_(std::move(classes)) {}

  /// Begins a ramp to `users`, of which the first one is due now. Replaces a ramp in progress.
  /// @param rate users per second, > 0 and finite
  /// @param classes as for UsersDispatcher::begin()
  void begin(std::int64_t users, double rate, const std::vector<std::string>& classes,
             TimePoint now);
  /// Takes the steps that are due. Returns true if the counts have changed.
  bool on_time(TimePoint now);

  /// Whether users that have ended are replaced now: with the first step, and then as often as
  /// Locust's dispatcher replaces them, which starts `floor(rate)` users at a time.
  [[nodiscard]] bool replaces_ended() const { return replaces_ended_; }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] UserClassesCount counts() const { return dispatcher_.counts(); }
  /// The users of the last begin().
  [[nodiscard]] std::int64_t target() const { return dispatcher_.target(); }
  [[nodiscard]] TimePoint next_wakeup() const;

 private:
  /// When a step of the current ramp is due.
  [[nodiscard]] TimePoint time_of(std::int64_t step) const;

  UsersDispatcher dispatcher_;
  double rate_ = 1;
  TimePoint began_{};
  TimePoint last_steps_{};
  std::int64_t steps_ = 0;  // of the current ramp
  bool ended_ = true;
  bool replaces_ended_ = true;
};

}  // namespace cppworker::runner
