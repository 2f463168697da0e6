#pragma once

#include <chrono>

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

namespace detail {
/// Unix time in seconds.
CPPWORKER_EXPORT double unix_time();
/// Reads the shard's clock: virtual in tests.
CPPWORKER_EXPORT std::chrono::steady_clock::time_point clock_now();
}  // namespace detail

/// Suspends the calling user (or lifecycle listener) for a time, at least; resolution 1 ms. Throws
/// StopUser when the user is stopped meanwhile. A task that sleeps counts as running: with a
/// stop_timeout it may finish.
CPPWORKER_EXPORT void sleep_for(Seconds duration);

}  // namespace cppworker
