#pragma once

#include <random>

#include <cppworker/wait_time.hpp>

#include "coro/clock.hpp"

namespace cppworker::detail {

/// How long to wait from `now` on, in ticks of a timer, rounded up; not negative.
/// @param paced_until state of constant_pacing, per user or TaskSet object: when the previous wait
/// was to end. At first it is the time when the object was made.
[[nodiscard]] coro::Duration sample_wait(const WaitTime& wait_time, coro::TimePoint now,
                                         coro::TimePoint& paced_until, std::mt19937_64& random);

/// There is nothing to sample.
[[nodiscard]] constexpr bool never_waits(const WaitTime& wait_time) {
  return wait_time.kind == WaitTime::Kind::kConstant && wait_time.low == Seconds{0};
}

/// What a user-written wait function returned, as a duration for a timer.
[[nodiscard]] coro::Duration to_wait(Seconds wait);

}  // namespace cppworker::detail
