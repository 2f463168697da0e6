#pragma once

#include <array>
#include <span>
#include <string_view>
#include <type_traits>

#include <cppworker/detail/names.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {
class HttpUser;
}

/// What the library knows of an author's class after the templates have ended.
namespace cppworker::detail {

struct UserClass {
  std::string_view name{};
  double weight = 1;
  int fixed_count = 0;
  std::string_view host{};
  WaitTime wait_time{};
  std::span<const TaskRow> tasks{};
  User* (*create)() = nullptr;  ///< the caller owns the result
  bool has_on_stop = false;     ///< false: on_stop() is User's empty one and need not be run
  bool is_http = false;         ///< for the master's stub: class X(HttpUser)
};

template <class U>
concept HasTasks = requires {
  U::tasks();
};

template <class U>
constexpr auto task_rows() {
  static_assert(HasTasks<U>,
                "this user class needs a public `static constexpr auto tasks()` that returns a "
                "task_list(...)");
  if constexpr (HasTasks<U>) {  // one error is enough
    return make_rows<U>(U::tasks());
  } else {
    return std::array<TaskRow, 1>{};
  }
}

template <class U>
inline constexpr auto kTaskRows = task_rows<U>();

template <class U>
constexpr UserClass make_user_class() {
  static_assert(std::is_base_of_v<User, U>, "CPPWORKER_LOCUSTFILE: this class is no User");
  static_assert(!kTaskRows<U>.empty(), "tasks() of this class is empty: the user would do nothing");
  static_assert(U::weight >= 0 && U::fixed_count >= 0, "weight and fixed_count can't be negative");
  return {.name = class_name<U>(),
          .weight = static_cast<double>(U::weight),
          .fixed_count = U::fixed_count,
          .host = U::host,
          .wait_time = U::wait_time,
          .tasks = kTaskRows<U>,
          .create = [] { return static_cast<User*>(new U()); },
          .has_on_stop = !std::is_same_v<decltype(&U::on_stop), void (User::*)()>,
          .is_http = std::is_base_of_v<HttpUser, U>};
}

template <class U>
inline constexpr UserClass kUserClass = make_user_class<U>();

}  // namespace cppworker::detail
