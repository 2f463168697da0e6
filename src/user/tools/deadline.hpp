#pragma once

#include <chrono>

#include <cppworker/events.hpp>
#include <cppworker/wait_time.hpp>

#include "coro/clock.hpp"

namespace cppworker::detail {

/// When a timeout that begins now has passed; never for what no clock can count to.
[[nodiscard]] inline coro::TimePoint deadline_after(Seconds timeout) {
  constexpr Seconds kCountable{1e9};
  if (!(timeout < kCountable)) {
    return coro::TimePoint::max();
  }
  return clock_now() + std::chrono::ceil<coro::Duration>(timeout);
}

}  // namespace cppworker::detail
