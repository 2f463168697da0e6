#include "coro/stacked_coroutine.hpp"

#include <cstdlib>
#include <exception>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <cppworker/exception.hpp>

#include "coro/scheduler_core.hpp"

namespace cppworker::coro {
namespace {

/// The size of the object on its stack; a multiple of a cache line.
constexpr std::size_t kFootprint = (sizeof(StackedCoroutine) + 63) / 64 * 64;

}  // namespace

StackedCoroutine& StackedCoroutine::create(SchedulerCore& core, std::span<std::byte> stack) {
  std::byte* place = stack.data() + stack.size() - kFootprint;
  return *new (place) StackedCoroutine{core, stack};
}

StackedCoroutine::StackedCoroutine(SchedulerCore& core, std::span<std::byte> stack)
    : core_{core},
      stack_{stack},
      timer_{core.timers(), [](void* self) { static_cast<StackedCoroutine*>(self)->wake(); },
             this} {
  context_.create(
      stack.first(stack.size() - kFootprint),
      [](void* self) { static_cast<StackedCoroutine*>(self)->run_bodies(); }, this,
      core.loop_context());
}

std::span<std::byte> StackedCoroutine::drop() {
  const std::span<std::byte> stack = stack_;
  context_.drop();
  if (!in_body_) {
    this->~StackedCoroutine();
  }
  return stack;
}

void StackedCoroutine::start(Body body, Label label) {
  body_ = std::move(body);
  label_ = label;
  owner_ = nullptr;
  stop_requested_ = false;
  resume_remembered_ = false;
  throws_ = 0;
  failures_ = 0;
  wait_ = Wait::kNothing;
  state_ = State::kReady;
  core_.add_ready(*this);
}

void StackedCoroutine::run_bodies() {
  for (;;) {
    run_body();
    state_ = State::kPooled;
    switch_context(context_, core_.loop_context());
  }
}

void StackedCoroutine::run_body() {
  in_body_ = true;
  try {
    body_();
  } catch (const StopUser&) {  // the requested stop
  }
  body_ = nullptr;
  in_body_ = false;
}

void StackedCoroutine::wake() {
  if (state_ == State::kWaiting) {
    state_ = State::kReady;
    core_.add_ready(*this);
  }
}

void StackedCoroutine::wake_from_suspend() {
  if (state_ == State::kWaiting && wait_ == Wait::kSuspend) {
    wake();
  } else {
    resume_remembered_ = true;
  }
}

void StackedCoroutine::obeyed_stop() {
  stop_requested_ = false;
  throws_ = 0;
  failures_ = 0;
}

bool StackedCoroutine::check_stop() {
  if (!stop_requested_) {
    return true;
  }
  if (std::uncaught_exceptions() > 0) {
    if (failures_ == kFailuresMax) {
      park();
    }
    ++failures_;
    return false;
  }
  if (throws_ == kThrowsMax) {
    park();
  }
  ++throws_;
#if defined(__SANITIZE_ADDRESS__)
  // A coroutine that is parked with the exception keeps it until the process ends.
  const __lsan::ScopedDisabler no_leak;
#endif
  throw StopUser{};
}

bool StackedCoroutine::take_remembered_resume() { return std::exchange(resume_remembered_, false); }

void StackedCoroutine::yield() {
  wait_ = Wait::kNothing;
  state_ = State::kReady;
  core_.add_ready(*this);
  switch_context(context_, core_.loop_context());
}

void StackedCoroutine::wait(Wait reason, TimePoint deadline) {
  if (deadline != TimePoint::max()) {
    timer_.arm(deadline);
  }
  wait_ = reason;
  state_ = State::kWaiting;
  switch_context(context_, core_.loop_context());
  timer_.cancel();
}

void StackedCoroutine::park() {
  state_ = State::kParked;
  switch_context(context_, core_.loop_context());
  std::abort();
}

}  // namespace cppworker::coro
