#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/future.hpp>

namespace cppworker {

namespace detail {
/// Runs `function` on a thread of the pool. Throws std::system_error if no thread can be started.
CPPWORKER_EXPORT void post_to_blocking_pool(std::function<void()> function);
/// Throws std::logic_error if the caller can't wait: it is not a user or a listener.
CPPWORKER_EXPORT void check_can_wait(const char* function);
/// Suspends until `done`, even if the user is stopped meanwhile; then throws StopUser if it was.
CPPWORKER_EXPORT void wait_for_blocking_call(FutureState& done);

template <class Result, class Function>
void give_result_of(Function& function, const Promise<Result>& promise) {
  try {
    if constexpr (std::is_void_v<Result>) {
      function();
      promise.set_value();
    } else {
      promise.set_value(function());
    }
  } catch (...) {
    promise.set_exception(std::current_exception());
  }
}
}  // namespace detail

/// Starts `function()` on a thread of the blocking pool (`--blocking-threads`) and returns at once.
/// The function runs in parallel with the shards:
/// - It must own all data that it uses, because it continues when the user stops waiting.
/// - It must not use a user or a library call that suspends.
///
/// Throws std::system_error if no thread can be started.
template <std::invocable Function>
[[nodiscard]] auto start_blocking(Function function) -> Future<std::invoke_result_t<Function>> {
  using Result = std::invoke_result_t<Function>;
  const Promise<Result> promise;
  auto owned = std::make_shared<Function>(std::move(function));
  detail::post_to_blocking_pool([promise, owned] { detail::give_result_of(*owned, promise); });
  return promise.future();
}

/// Runs code that blocks its thread (a database driver, a file, a C library without callbacks)
/// without blocking the other users. `function()` runs on a thread of the blocking pool
/// (`--blocking-threads`) while the calling user is suspended. Returns what `function()` returns
/// and throws what it throws.
///
/// The function may use the user's members and the caller's variables, because this call does not
/// return before the function has. A user that is stopped meanwhile therefore counts as running
/// until the function returns; then this call throws StopUser. Give the blocking operation a
/// timeout of its own.
///
/// If all threads are busy, the call waits for one. A time measured around the call then includes
/// that wait, and the log has a warning. Throws std::logic_error outside of a user or listener, and
/// std::system_error if no thread can be started.
template <std::invocable Function>
std::invoke_result_t<Function> run_blocking(Function&& function) {
  using Result = std::invoke_result_t<Function>;
  detail::check_can_wait("run_blocking");
  auto state = std::make_shared<detail::ValueState<Result>>();
  detail::post_to_blocking_pool([&function, state] {
    try {
      if constexpr (std::is_void_v<Result>) {
        function();
      } else {
        state->value.emplace(function());
      }
    } catch (...) {
      state->error = std::current_exception();
    }
    state->complete();
  });
  detail::wait_for_blocking_call(*state);
  if (state->error != nullptr) {
    std::rethrow_exception(state->error);
  }
  return state->take();
}

}  // namespace cppworker
