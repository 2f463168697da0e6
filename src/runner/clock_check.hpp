#pragma once

#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "runner/action_list.hpp"
#include "runner/rate_limit.hpp"

namespace cppworker::runner {

/// Warns when the clocks of the master and of this machine differ. The master computes requests per
/// second from the newest timestamp of all workers: one clock that is ahead makes the RPS of all
/// other workers 0.
class ClockCheck {
 public:
  /// How long ago the master sent this spawn, in seconds, relative to the smallest delay so far.
  /// None if no delay is known.
  [[nodiscard]] std::optional<double> age(double master_unix_time, double unix_now) const {
    const double delay = unix_now - master_unix_time;
    if (!std::isfinite(delay) || !least_delay_) return std::nullopt;
    return delay - *least_delay_;
  }

  /// Learns the delay of a spawn that has waited nowhere.
  void learn(double master_unix_time, double unix_now) {
    const double delay = unix_now - master_unix_time;
    if (!std::isfinite(delay)) return;
    if (!least_delay_ || delay < *least_delay_) least_delay_ = delay;
  }

  /// The delays of spawns from before do not apply to the new time.
  void system_clock_set() { least_delay_.reset(); }

  void on_spawn(double master_unix_time, double unix_now, TimePoint now, ActionList& actions) {
    constexpr double kTolerated = 2;  // seconds; includes the delay of the message
    const double ahead = unix_now - master_unix_time;
    if (std::isfinite(ahead) && std::abs(ahead) <= kTolerated) return;
    if (!limit_.allow(now)) return;
    actions.warning(fmt::format(
        "This machine's clock is {:.1f} s {} the master's clock: the master will compute "
        "wrong requests per second. Synchronise the clocks (NTP){}",
        std::abs(ahead), ahead > 0 ? "ahead of" : "behind",
        ahead > 0 ? ". If they are synchronised, the message arrived late because one "
                    "of the two machines is overloaded"
                  : ""));
  }

 private:
  std::optional<double> least_delay_;
  RateLimit limit_{std::chrono::minutes(5)};
};

}  // namespace cppworker::runner
