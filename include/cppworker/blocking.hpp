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
/// Runs it on a thread of the pool; throws std::system_error when there is no thread to be had.
CPPWORKER_EXPORT void post_to_blocking_pool(std::function<void()> function);
/// Throws std::logic_error where nobody can wait: outside of a user or listener.
CPPWORKER_EXPORT void check_can_wait(const char* function);
/// Suspends until `done`, whatever happens to the user; then throws StopUser if it was stopped.
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

/// Starts `function()` on one of a few threads (`--blocking-threads`) and returns at once. The
/// function must own all that it touches: it goes on when the user stops waiting. Everything in it
/// runs beside the shards, so nothing there may touch a user or a library call that suspends.
template <std::invocable Function>
[[nodiscard]] auto start_blocking(Function function) -> Future<std::invoke_result_t<Function>> {
  using Result = std::invoke_result_t<Function>;
  const Promise<Result> promise;
  auto owned = std::make_shared<Function>(std::move(function));
  detail::post_to_blocking_pool([promise, owned] { detail::give_result_of(*owned, promise); });
  return promise.future();
}

/// Runs code that blocks its thread (a database driver, a file, a C library without callbacks)
/// without stopping the other users: on one of a few threads (`--blocking-threads`), while the
/// calling user is suspended. Returns what `function()` returns, throws what it throws.
///
/// The function may use the user's members and the caller's variables: this call never returns
/// before it has ended. So a user that is stopped meanwhile gets its StopUser when the function has
/// ended, and counts as running until then: give what blocks a timeout of its own. When all threads
/// are busy it waits for one, and a time measured around it is too long: the log warns.
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
