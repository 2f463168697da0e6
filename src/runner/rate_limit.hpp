#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Allows one event per interval and counts the others. Does not read a clock.
class RateLimit {
 public:
  explicit RateLimit(std::chrono::seconds interval) : interval_(interval) {}

  /// Returns the number of events since the last allowed one, including this one; none if this one
  /// is not allowed.
  /// @param count number of events in this call.
  std::optional<std::uint64_t> allow(TimePoint now, std::uint64_t count = 1) {
    seen_ += count;
    if (last_ && now < *last_ + interval_) return std::nullopt;
    last_ = now;
    const std::uint64_t seen = seen_;
    seen_ = 0;
    return seen;
  }

 private:
  std::chrono::seconds interval_;
  std::optional<TimePoint> last_;
  std::uint64_t seen_ = 0;
};

}  // namespace cppworker::runner
