#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#include <cppworker/detail/class_checks.hpp>
#include <cppworker/detail/make_rows.hpp>
#include <cppworker/detail/names.hpp>
#include <cppworker/detail/task_row.hpp>
#include <cppworker/user.hpp>

namespace cppworker {
class FastHttpUser;
class HttpUser;
struct FastHttpSettings;
}  // namespace cppworker

/// The description of an author's user class that the library uses: constant data without
/// templates.
namespace cppworker::detail {

/// The class attributes that an author's class may set at run time, for example with env().
struct ClassAttributes {
  double weight = 1;
  int fixed_count = 0;
  std::int64_t iterations = 0;  ///< 0: no limit
  std::string_view host{};      ///< valid as long as the locustfile
};

struct UserClass {
  std::string_view name{};
  ClassAttributes (*attributes)() = [] { return ClassAttributes{}; };
  const WaitTime* wait_time = &kNoWait;
  WaitFunction wait_function = nullptr;  ///< replaces wait_time if set
  std::span<const TaskRow> tasks{};
  User* (*create)() = nullptr;  ///< the caller owns the result
  bool has_on_stop = false;     ///< false: on_stop() is not overridden and need not run
  /// Its base among Locust's classes, for the master's locustfile: class X(HttpUser).
  std::string_view base = "User";
  const FastHttpSettings& (*fast_http_settings)() = nullptr;  ///< only for a FastHttpUser
};

template <class U>
User* create_user() {
  auto user = std::make_unique<U>();
  if constexpr (requires { user->template connect_as<U>(); }) {
    user->template connect_as<U>();  // an MqttUser: after its constructors, before on_start()
  }
  return user.release();
}

/// True if weight, fixed_count and iterations are constant expressions.
template <class U>
concept HasConstantNumbers = requires {
  typename std::bool_constant<(U::weight + U::fixed_count + U::iterations >= 0 || true)>;
};

template <class U>
constexpr UserClass make_user_class() {
  static_cast<void>(UserClassChecks<U>{});
  if constexpr (HasConstantNumbers<U>) {  // else the loader checks the values
    static_assert(U::weight >= 0 && U::fixed_count >= 0 && U::iterations >= 0,
                  "weight, fixed_count and iterations can't be negative");
  }
  check_table<U>();
  UserClass result{.name = class_name<U>(),
                   .attributes =
                       [] {
                         return ClassAttributes{
                             .weight = static_cast<double>(U::weight),
                             .fixed_count = U::fixed_count,
                             .iterations = static_cast<std::int64_t>(U::iterations),
                             .host = U::host};
                       },
                   .tasks = kTaskRows<U>,
                   .create = &create_user<U>,
                   .has_on_stop = !std::is_same_v<decltype(&U::on_stop), void (User::*)()>,
                   .base = std::is_base_of_v<FastHttpUser, U> ? "FastHttpUser"
                           : std::is_base_of_v<HttpUser, U>   ? "HttpUser"
                                                              : "User"};
  if constexpr (requires { U::template class_settings<U>(); }) {
    result.fast_http_settings = &U::template class_settings<U>;
  }
  set_wait_time<U>(result);
  return result;
}

template <class U>
inline constexpr UserClass kUserClass = make_user_class<U>();

}  // namespace cppworker::detail
