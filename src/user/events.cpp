#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "failures/sample.hpp"
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

/// Of a request that the author's own client made.
void keep_sample(Shard& shard, const Shard::Request& request, const RequestEvent& event) {
  const double ended = shard.unix_time(request.ended);
  const double duration = request.response_time ? request.response_time->count() / 1000 : 0;
  failures::Sample sample =
      shard.begin_sample(request, event.start_time > 0 ? event.start_time : ended - duration);
  sample.detail = failures::body_of(event.detail);
  shard.keep_sample(std::move(sample));
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
  environment_->shard().check_thread("events.request.fire()");
  fire_ended(event, detail::clock_now());
}

void RequestEventHook::fire_ended(const RequestEvent& event, coro::TimePoint ended) const {
  detail::Shard& shard = environment_->shard();
  const detail::Shard::Request request{.method = event.request_type,
                                       .name = event.name,
                                       .response_time = event.response_time,
                                       .response_length = event.response_length,
                                       .failure = event.exception ? &*event.exception : nullptr,
                                       .ended = ended};
  shard.record(request);
  if (event.exception && shard.keeps_samples()) {
    detail::keep_sample(shard, request, event);
  }
  call_listeners(event);
}

void RequestEventHook::count_cut_off(const RequestMeta& meta) const {
  DCHECK(detail::Shard::current() == &environment_->shard());
  ++environment_->shard().cut_off_requests[meta.request_type + " " + meta.name];
}

}  // namespace cppworker
