#pragma once

#include <random>

#include <cppworker/wait_time.hpp>

#include "coro/clock.hpp"

namespace cppworker::detail {

/// How long to wait from `now` on: not negative, rounded up to the resolution of coro::Duration.
/// @param paced_until the state of constant_pacing, per user or TaskSet object: the time at which
///   the previous wait was to end. Initially the time at which the object was created.
[[nodiscard]] coro::Duration sample_wait(const WaitTime& wait_time, coro::TimePoint now,
                                         coro::TimePoint& paced_until, std::mt19937_64& random);

/// Whether the wait time is always 0, so that there is nothing to sample.
[[nodiscard]] constexpr bool never_waits(const WaitTime& wait_time) {
  return wait_time.kind == WaitTime::Kind::kConstant && wait_time.low == Seconds{0};
}

/// Converts the result of an author's wait function to a duration for a timer. Negative values and
/// NaN become 0.
[[nodiscard]] coro::Duration to_wait(Seconds wait);

}  // namespace cppworker::detail
