#pragma once

#include <functional>

#include "coro/scheduler.hpp"

namespace cppworker::http {

/// Runs `function` on the scheduler's own stack, also when the caller is not a coroutine. For
/// functions that close connections: TLS needs more stack than a user may have.
inline void on_loop_stack(const std::function<void()>& function) {
  coro::Scheduler* const scheduler = coro::Scheduler::current();
  if (scheduler != nullptr && scheduler->running() != nullptr) {
    coro::this_coroutine::run_on_loop_stack(function);
  } else {
    function();
  }
}

}  // namespace cppworker::http
