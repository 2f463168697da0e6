#include <cppworker/waiting.hpp>

#include "coro/scheduler.hpp"
#include "user/deadline.hpp"

namespace cppworker {

bool wait_readable(int fd, Seconds timeout) {
  return coro::this_coroutine::wait_readable(fd, detail::deadline_after(timeout)) ==
         coro::this_coroutine::FdResult::kReady;
}

bool wait_writable(int fd, Seconds timeout) {
  return coro::this_coroutine::wait_writable(fd, detail::deadline_after(timeout)) ==
         coro::this_coroutine::FdResult::kReady;
}

}  // namespace cppworker
