#include <exception>
#include <optional>
#include <string>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "text/python_repr.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker {

namespace detail {

namespace {

/// Called in a catch block. Rethrows control flow (StopUser, RescheduleTask, …) and returns for all
/// other exceptions.
void rethrow_control_flow() {
  DCHECK(std::current_exception() != nullptr);
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
  } catch (...) {  // the caller handles it
  }
}

coro::Coroutine* shard_coroutine() {
  coro::Scheduler* scheduler = coro::Scheduler::current();
  return scheduler == nullptr ? nullptr : scheduler->running();
}

}  // namespace

void listener_threw(std::string_view event) {
  rethrow_control_flow();
  spdlog::error("Uncaught exception in event handler of {}: {}", event,
                describe_current_exception("", "").msg);
  if (Shard* shard = Shard::current()) shard->control.listener_failed();
}

std::string exception_repr(const std::exception& exception) {
  // As in Python, the text of a KeyError is already the repr() of its key.
  const bool is_repr = dynamic_cast<const KeyError*>(&exception) != nullptr;
  return demangled_type(typeid(exception)) + "(" +
         (is_repr ? exception.what() : text::python_repr(exception.what())) + ")";
}

std::optional<std::string> failure_of_current_exception() {
  DCHECK(std::current_exception() != nullptr);
  const coro::Coroutine* const user = shard_coroutine();
  if (user != nullptr && user->stop_requested() && std::uncaught_exceptions() > 0) {
    rethrow_control_flow();
    return std::nullopt;
  }
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception_repr(exception);
  } catch (...) {
    rethrow_control_flow();
    return describe_current_exception("", "").msg;
  }
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
  DCHECK(detail::Shard::current() == &environment_->shard());
  ++environment_->shard().cut_off_requests[meta.request_type + " " + meta.name];
}

}  // namespace cppworker
