#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Converts a time span from a message so that adding it to a TimePoint is safe: not negative, not
/// NaN, at most about 30 years.
[[nodiscard]] inline Clock::duration to_clock(double seconds) {
  constexpr double kMaxSeconds = 1e9;
  if (std::isnan(seconds)) return Clock::duration::zero();
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, kMaxSeconds)));
}

/// The next full second of the system clock that is at least half a second away.
/// @param unix_now the system clock's time at `now`, Unix seconds
[[nodiscard]] inline TimePoint next_full_second(double unix_now, TimePoint now) {
  return now + to_clock(std::floor(unix_now + 0.5) + 1 - unix_now);
}

}  // namespace cppworker::runner
