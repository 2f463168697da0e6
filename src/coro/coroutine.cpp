#include "coro/coroutine.hpp"

#include "coro/stacked_coroutine.hpp"

namespace cppworker::coro {

// Every coroutine of a scheduler is a StackedCoroutine.

void Coroutine::request_stop() {
  stop_requested_ = true;
  static_cast<StackedCoroutine*>(this)->wake();
}

void Coroutine::clear_stop() { static_cast<StackedCoroutine*>(this)->obeyed_stop(); }

void Coroutine::resume() { static_cast<StackedCoroutine*>(this)->wake_from_suspend(); }

}  // namespace cppworker::coro
