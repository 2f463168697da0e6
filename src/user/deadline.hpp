#pragma once

#include <chrono>

#include <cppworker/time.hpp>
#include <cppworker/wait_time.hpp>

#include "coro/clock.hpp"

namespace cppworker::detail {

/// The deadline of a timeout that begins now; TimePoint::max() if it would overflow.
[[nodiscard]] inline coro::TimePoint deadline_after(Seconds timeout) {
  constexpr Seconds kMaxTimeout{1e9};
  if (!(timeout < kMaxTimeout)) {
    return coro::TimePoint::max();
  }
  return clock_now() + std::chrono::ceil<coro::Duration>(timeout);
}

}  // namespace cppworker::detail
