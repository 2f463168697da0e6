#include <algorithm>

#include <cppworker/user.hpp>

#include "coro/scheduler.hpp"
#include "user/life/population.hpp"
#include "user/life/user_run.hpp"
#include "user/shard.hpp"

namespace cppworker {

void detail::UserRun::create_user() {
  struct Creating {
    UserRun* run;
    ~Creating() { std::erase(in_creation, run); }
  };
  in_creation.push_back(this);
  const Creating creating{this};
  user_.reset(class_state_->user_class->create());
  attach(*user_);  // a class may have bases before User that create users of their own
}

/// A constructor may suspend, and others begin meanwhile.
void detail::UserRun::attach_created(User& user) {
  const auto run = std::ranges::find_if(in_creation, [](const UserRun* creating) {
    return creating->population_.shard().scheduler.running() == creating->coroutine_;
  });
  if (run != in_creation.end()) {
    (*run)->attach(user);
    in_creation.erase(run);
  }
}

void detail::UserRun::attach(User& user) {
  user.environment_ = &population_.environment();
  user.base_host_ = population_.host_of(*class_state_);
  user.run_ = this;
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
