#include "user/user_run.hpp"

#include <chrono>
#include <random>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "user/population.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker::detail {

UserRun::UserRun(Population& population, UserClassState& state)
    : population_(population),
      class_state_(&state),
      timer_(population.shard().scheduler, &UserRun::on_timer, this) {}

void UserRun::start() {
  coroutine_ = &population_.shard().scheduler.spawn([this] { live(); },
                                                    {class_state_->user_class->name, "on_start"});
}

void UserRun::on_timer(void* self) { static_cast<UserRun*>(self)->start(); }

void UserRun::stop() {
  if (state_ == State::kNew || state_ == State::kWaiting) {
    kill();
  }
  // A running user looks at stopping() when its task has ended.
}

void UserRun::kill() {
  if (coroutine_ != nullptr) {
    coroutine_->request_stop();
  } else if (state_ == State::kWaiting) {
    timer_.cancel();
    state_ = State::kLeaving;
    population_.leave_without_stack(*this);
  }
}

void UserRun::start_leaving() {
  coroutine_ = &population_.shard().scheduler.spawn([this] { leave(); },
                                                    {class_state_->user_class->name, "on_stop"});
}

void UserRun::live() {
  bool stopped = false;
  try {
    if (state_ == State::kNew && !begin()) {
      end();
      return;
    }
    do {
      state_ = State::kRunning;
      if (stopping()) {
        throw StopUser{};
      }
    } while (!run_one_task() || wait_after_task());
  } catch (const StopUser&) {
    stopped = true;
  }
  if (stopped) {
    coroutine_->clear_stop();
    leave();
  } else {
    coroutine_ = nullptr;  // the stack is given back; the timer starts the next task
  }
}

bool UserRun::begin() {
  if (stopping()) {
    return false;  // stopped before it began: as in Locust, nothing of it runs
  }
  state_ = State::kRunning;
  try {
    user_.reset(class_state_->user_class->create());
    user_->environment_ = &population_.environment();
    user_->base_host_ = population_.host_of(*class_state_);
    user_->on_start();
    return true;
  } catch (const StopUser&) {
    throw;
  } catch (const RescheduleTask&) {  // meaningless outside a task; the user goes on
    return true;
  } catch (const RescheduleTaskImmediately&) {
    return true;
  } catch (...) {
    report_current_exception("on_start");
    return false;
  }
}

/// True: the user waits before the next task.
bool UserRun::run_one_task() {
  const auto& choices = class_state_->choices;
  std::uniform_int_distribution<std::size_t> pick(0, choices.size() - 1);
  const TaskRow& task = *choices[pick(population_.shard().random)];
  coroutine_->set_label({class_state_->user_class->name, task.name});
  try {
    task.run(*user_);
  } catch (const StopUser&) {
    throw;
  } catch (const RescheduleTask&) {
  } catch (const RescheduleTaskImmediately&) {
    coro::this_coroutine::yield();  // even a task that always does this leaves room for others
    return false;
  } catch (...) {
    report_current_exception(task.name);
  }
  return true;
}

/// True: the wait is over and the stack is still held; false: the timer will go on without it.
bool UserRun::wait_after_task() {
  if (stopping()) {
    throw StopUser{};
  }
  const coro::Duration wait = population_.sample_wait(class_state_->user_class->wait_time);
  state_ = State::kWaiting;
  if (wait > coro::Duration::zero()) {
    timer_.arm(population_.shard().scheduler.clock().now() + wait);
    return false;
  }
  coro::this_coroutine::yield();
  return true;
}

void UserRun::leave() {
  state_ = State::kLeaving;
  coroutine_->set_label({class_state_->user_class->name, "on_stop"});
  try {
    if (user_ != nullptr) {
      user_->on_stop();
    }
  } catch (const StopUser&) {  // killed in on_stop: its stop_timeout is over
  } catch (...) {
    report_current_exception("on_stop");
  }
  end();
}

void UserRun::end() {
  state_ = State::kEnded;
  coroutine_ = nullptr;
  population_.ended(*this);
}

void UserRun::report_current_exception(std::string_view where) {
  const UserErrorText text = describe_current_exception(class_state_->user_class->name, where);
  spdlog::error("{}\n{}", text.msg, text.traceback);
  Shard& shard = population_.shard();
  shard.control.user_error(text.msg, text.traceback);
  if (user_ != nullptr) {
    population_.environment().events.user_error.fire(
        {.user_instance = *user_, .exception = text.msg, .tb = text.traceback});
  }
}

}  // namespace cppworker::detail
