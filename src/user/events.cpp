#include <exception>
#include <optional>
#include <string>

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

namespace {

/// In a catch block: throws StopUser, RescheduleTask and their like again; returns for all else.
void pass_control_flow_on() {
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
  } catch (...) {  // left to the caller
  }
}

coro::Coroutine* shard_coroutine() {
  coro::Scheduler* scheduler = coro::Scheduler::current();
  return scheduler == nullptr ? nullptr : scheduler->running();
}

}  // namespace

void listener_threw(std::string_view event) {
  pass_control_flow_on();
  spdlog::error("Uncaught exception in event handler of {}: {}", event,
                describe_current_exception("", "").msg);
}

std::string exception_repr(const std::exception& exception) {
  // The text of a KeyError is the repr() of its key already, in Python too.
  const bool is_repr = dynamic_cast<const KeyError*>(&exception) != nullptr;
  return demangled_type(typeid(exception)) + "(" +
         (is_repr ? exception.what() : text::python_repr(exception.what())) + ")";
}

std::optional<std::string> failure_of_current_exception() {
  const coro::Coroutine* const user = shard_coroutine();
  if (user != nullptr && user->stop_requested() && std::uncaught_exceptions() > 0) {
    pass_control_flow_on();
    return std::nullopt;
  }
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception_repr(exception);
  } catch (...) {
    pass_control_flow_on();
    return describe_current_exception("", "").msg;
  }
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
  shard.check_thread("events.request.fire()");
  shard.record({.method = event.request_type,
                .name = event.name,
                .response_time = event.response_time,
                .response_length = event.response_length,
                .failure = event.exception ? &*event.exception : nullptr,
                .ended = shard.scheduler.clock().now()});
  call_listeners(event);
}

void RequestEventHook::count_cut_off(const RequestMeta& meta) const {
  ++environment_->shard().cut_off_requests[meta.request_type + " " + meta.name];
}

void sleep_for(Seconds duration) {
  static_cast<void>(coro::this_coroutine::self("sleep_for"));  // names it in the error
  const auto rounded = std::chrono::ceil<coro::Duration>(duration);
  coro::this_coroutine::sleep_until(detail::clock_now() + rounded);
}

}  // namespace cppworker
