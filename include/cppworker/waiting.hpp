#pragma once

#include <limits>
#include <stdexcept>

#include <cppworker/detail/export.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// A timeout that never comes.
inline constexpr Seconds forever{std::numeric_limits<double>::infinity()};

/// A suspending call that has to return something could not wait: the user is being stopped and an
/// exception is unwinding its stack, so StopUser can't be thrown.
class CPPWORKER_EXPORT UnwindingError : public std::runtime_error {
 public:
  UnwindingError() : std::runtime_error("can't wait: the user is being stopped") {}
};

/// Suspends the calling user (or lifecycle listener) until `fd` is readable; the thread goes on
/// with other users. With this any client library that can be driven by file descriptors becomes a
/// user: hiredis, libpq, librdkafka's queues, a raw socket.
///
/// Errors and hang-ups count as readable: the read will tell. Two coroutines may wait for the same
/// fd. An fd that is closed meanwhile is never ready. A regular file always is.
///
/// @returns false after `timeout` (0: looks once), or when the user is being stopped while an
///   exception unwinds its stack.
/// @throws StopUser when the user is stopped meanwhile; std::system_error when `fd` isn't open.
CPPWORKER_EXPORT bool wait_readable(int fd, Seconds timeout = forever);

/// The same for writing; a connect() in progress has ended when its fd is writable.
CPPWORKER_EXPORT bool wait_writable(int fd, Seconds timeout = forever);

}  // namespace cppworker
