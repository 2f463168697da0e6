#pragma once

#include <functional>

#include "coro/scheduler.hpp"

namespace cppworker::coro {

/// Runs `function` on the scheduler's own stack, also when the caller is not a coroutine. For
/// functions that need more stack than a user may have, as TLS does when it closes a connection.
template <class Function>
void on_loop_stack(const Function& function) {
  Scheduler* const scheduler = Scheduler::current();
  if (scheduler != nullptr && scheduler->running() != nullptr) {
    this_coroutine::run_on_loop_stack(std::ref(function));  // a reference: no allocation
  } else {
    function();
  }
}

}  // namespace cppworker::coro
