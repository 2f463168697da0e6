#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/user.hpp>

#include "coro/scheduler.hpp"
#include "text/python_repr.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker {

namespace detail {

void listener_threw(std::string_view event) {
  try {
    throw;
  } catch (const StopUser&) {
    throw;
  } catch (const StopTest&) {
    throw;
  } catch (const RescheduleTask&) {
    throw;
  } catch (const RescheduleTaskImmediately&) {
    throw;
  } catch (const InterruptTaskSet&) {
    throw;
  } catch (...) {
    spdlog::error("Uncaught exception in event handler of {}: {}", event,
                  describe_current_exception("", "").msg);
  }
}

std::string exception_repr(const std::exception& exception) {
  return demangled_type(typeid(exception)) + "(" + text::python_repr(exception.what()) + ")";
}

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

void RequestEventHook::fire(const RequestEvent& event) const {
  detail::Shard& shard = environment_->shard();
  shard.record({.method = event.request_type,
                .name = event.name,
                .response_time = event.response_time,
                .response_length = event.response_length,
                .failure = event.exception ? &*event.exception : nullptr,
                .ended = shard.scheduler.clock().now()});
  call_listeners(event);
}

void sleep_for(Seconds duration) {
  const auto rounded = std::chrono::ceil<coro::Duration>(duration);
  coro::this_coroutine::sleep_until(detail::clock_now() + rounded);
}

}  // namespace cppworker
