#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "runner/events.hpp"

namespace cppworker::runner {

/// Lets one of a kind through per interval and counts the rest. Holds no clock.
class RateLimit {
 public:
  explicit RateLimit(std::chrono::seconds interval) : interval_(interval) {}

  /// How many there were since the last one that was let through, this one counted; none when this
  /// one is to be kept quiet.
  /// @param count how many there are now.
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
