#include <utility>

#include <cppworker/user.hpp>

#include "user/population.hpp"
#include "user/user_run.hpp"

namespace cppworker {

void detail::UserRun::attach_created(User& user) {
  if (UserRun* const run = std::exchange(creates_user_, nullptr)) {
    user.environment_ = &run->population_.environment();
    user.base_host_ = run->population_.host_of(*run->class_state_);
    user.run_ = run;
  }
}

User::User() { detail::UserRun::attach_created(*this); }

void User::wait() { run_->wait_in_task(nullptr); }

const Value* User::class_attribute(std::string_view name) const {
  for (const auto& [key, value] : detail::UserRun::of(*this).class_state().attributes) {
    if (key == Value(name)) {
      return &value;
    }
  }
  return nullptr;
}

}  // namespace cppworker
