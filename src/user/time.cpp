#include <chrono>

#include <cppworker/time.hpp>

#include "coro/scheduler.hpp"

namespace cppworker {

namespace detail {

std::chrono::steady_clock::time_point clock_now() {
  if (coro::Scheduler* scheduler = coro::Scheduler::current()) {
    return scheduler->clock().now();
  }
  return std::chrono::steady_clock::now();
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace detail

void sleep_for(Seconds duration) {
  static_cast<void>(coro::this_coroutine::self("sleep_for"));  // throws outside of a coroutine
  const auto rounded = std::chrono::ceil<coro::Duration>(duration);
  coro::this_coroutine::sleep_until(detail::clock_now() + rounded);
}

}  // namespace cppworker
