#pragma once

#include <limits>
#include <stdexcept>

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// No timeout: waits indefinitely.
inline constexpr Seconds forever{std::numeric_limits<double>::infinity()};

/// A suspending call that must return a result could not wait: the user is being stopped and an
/// exception is unwinding its stack, so the call can't throw StopUser.
class CPPWORKER_EXPORT UnwindingError : public std::runtime_error {
 public:
  UnwindingError() : std::runtime_error("can't wait: the user is being stopped") {}
};

/// Suspends the calling user (or lifecycle listener) until `fd` is readable. The thread runs other
/// users meanwhile. With this call, users can use any client library that works with file
/// descriptors: hiredis, libpq, librdkafka's queues, a raw socket.
///
/// - Errors and hang-ups count as readable; the read then reports them.
/// - Two coroutines may wait for the same fd.
/// - An fd that is closed meanwhile is never ready. A regular file is always ready.
///
/// @param timeout 0: checks once and does not suspend
/// @returns false after `timeout`, or if the user is being stopped while an exception is unwinding
///   its stack
/// @throws StopUser if the user is stopped meanwhile; std::system_error if `fd` is not open
CPPWORKER_EXPORT bool wait_readable(int fd, Seconds timeout = forever);

/// Like wait_readable(), for writing. A connect() in progress has ended when its fd is writable.
CPPWORKER_EXPORT bool wait_writable(int fd, Seconds timeout = forever);

}  // namespace cppworker
