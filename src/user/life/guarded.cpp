#include "user/life/guarded.hpp"

#include <string>
#include <typeinfo>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "coro/crash_report.hpp"
#include "coro/scheduler.hpp"
#include "text/log_text.hpp"
#include "user/life/user_class_state.hpp"
#include "user/life/user_run.hpp"
#include "user/shard.hpp"
#include "user/user_error.hpp"

namespace cppworker::detail {

namespace {

UserRun* run_of(const User* user) { return user == nullptr ? nullptr : UserRun::find(*user); }

std::string_view class_name(const User* user) {
  const UserRun* const run = run_of(user);
  return run == nullptr ? "Environment" : run->class_state().user_class->name;
}

/// The exception that is being handled.
void report_exception(const Environment& environment, const User* user, std::string_view place) {
  UserRun* const run = run_of(user);
  if (run == nullptr) {
    const UserErrorText text = describe_current_exception(class_name(user), place);
    spdlog::error("{}\n{}", text::log_lines(text.msg, text::kMostExceptionText), text.traceback);
    environment.shard().control.user_error(text.msg, text.traceback);
    return;
  }
  try {
    run->report_exception_in(place);
  } catch (...) {  // control flow from a listener of user_error: there is no task to end
    spdlog::error("A listener of user_error has thrown while an exception of {} was reported",
                  place);
  }
}

void end_user(const User* user) {
  if (UserRun* const run = run_of(user)) {
    run->end_from_background();
  }
}

void run_caught(const Environment& environment, const User* user, std::string_view place,
                const std::function<void()>& function) {
  try {
    function();
  } catch (const StopUser&) {
    end_user(user);
  } catch (const StopTest&) {
    end_user(user);
  } catch (...) {
    report_exception(environment, user, place);
  }
}

}  // namespace

void run_guarded(Environment& environment, User* user, std::string_view place,
                 const std::function<void()>& function) {
  coro::Scheduler& scheduler = environment.shard().scheduler;
  if (scheduler.running() != nullptr) {  // the scheduler times coroutines itself
    run_caught(environment, user, place, function);
    return;
  }
  const coro::UserCodeHere here({class_name(user), place});
  const coro::TimePoint began = scheduler.clock().now();
  run_caught(environment, user, place, function);
  scheduler.report_if_slow({.user_class = class_name(user), .task = place},
                           scheduler.clock().now() - began);
}

}  // namespace cppworker::detail
