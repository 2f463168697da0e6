#pragma once

#include <functional>
#include <string_view>

#include <cppworker/environment.hpp>
#include <cppworker/user.hpp>

namespace cppworker::detail {

/// Runs author's code that is not a task: on_message(), a listener, context(). On the scheduler's
/// own stack, an exception that leaves it would end the process, so none does: StopUser and
/// StopTest end the user as if a task had thrown them, any other is reported as an error of
/// `place`. If the code holds up that stack for long, the warning names the user's class and
/// `place`.
/// @param user null: the code belongs to no user
/// @param place "on_message"; valid as long as the process
void run_guarded(Environment& environment, User* user, std::string_view place,
                 const std::function<void()>& function);

}  // namespace cppworker::detail
