#pragma once

#include <atomic>

namespace cppworker::coro {

namespace detail {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
extern std::atomic<bool> forked_child;
[[noreturn]] void end_forked_child() noexcept;
}  // namespace detail

/// Call it first in a process that has been forked: a pthread_atfork() handler. Such a process has
/// only the thread that called fork(), but shares the sockets and the epoll instances of its
/// parent. From now on it leaves those alone. Async-signal-safe.
void become_forked_child() noexcept;

/// True in a process that has been forked and has not executed another program.
[[nodiscard]] inline bool is_forked_child() {
  return detail::forked_child.load(std::memory_order_relaxed);
}

/// Ends the process with exit code 1 and a message if it is a forked one, before it goes on with
/// the users of its parent. Call it when user code has returned.
inline void end_if_forked_child() {
  if (is_forked_child()) [[unlikely]] {
    detail::end_forked_child();
  }
}

}  // namespace cppworker::coro
