#include <cppworker/user.hpp>

#include "user/life/user_class_state.hpp"
#include "user/life/user_run.hpp"

namespace cppworker {

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
