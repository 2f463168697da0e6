#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "runner/events.hpp"

namespace cppworker::runner {

/// A time span that came over the wire, made safe to add to a TimePoint: not negative, no NaN, at
/// most some 30 years.
[[nodiscard]] inline Clock::duration to_clock(double seconds) {
  constexpr double kLongest = 1e9;
  if (std::isnan(seconds)) return Clock::duration::zero();
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest)));
}

}  // namespace cppworker::runner
