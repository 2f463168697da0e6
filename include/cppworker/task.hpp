#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <cppworker/detail/names.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

/// What `@task(3)` says in Python.
struct TaskOptions {
  int weight = 1;  ///< how many times it stands in the list that is picked from; at least 1
};

namespace detail {

template <class Method>
struct MethodOwner;
template <class Owner, class Result>
struct MethodOwner<Result (Owner::*)()> {
  using Type = Owner;
};
template <class Owner, class Result>
struct MethodOwner<Result (Owner::*)() const> {
  using Type = Owner;
};
template <class Owner, class Result>
struct MethodOwner<Result (Owner::*)() noexcept> {
  using Type = Owner;
};

/// One row of tasks(), still typed.
template <auto Method>
struct MethodTask {
  using Owner = typename MethodOwner<decltype(Method)>::Type;
  TaskOptions options;
};

/// One row of a task table after the templates have ended.
struct TaskRow {
  std::string_view name;
  int weight = 1;
  void (*run)(User& user) = nullptr;
};

template <class U, auto Method>
constexpr TaskRow make_row(MethodTask<Method> task) {
  constexpr bool is_own = std::is_base_of_v<typename MethodTask<Method>::Owner, U>;
  static_assert(is_own,
                "tasks(): this task is a method of another class than the user that lists it");
  if constexpr (is_own) {  // one error is enough
    return {method_name<Method>(), task.options.weight,
            [](User& user) { std::invoke(Method, static_cast<U&>(user)); }};
  } else {
    return {};
  }
}

template <auto... Methods>
struct TaskList {
  std::tuple<MethodTask<Methods>...> tasks;
};

template <class U, auto... Methods>
constexpr std::array<TaskRow, sizeof...(Methods)> make_rows(TaskList<Methods...> list) {
  return std::apply(
      [](auto... task) { return std::array<TaskRow, sizeof...(Methods)>{make_row<U>(task)...}; },
      list.tasks);
}

}  // namespace detail

/// A row of tasks(): `task<&ShopUser::index>()`, `task<&ShopUser::search>({.weight = 3})`. The
/// method takes no arguments; what it returns is ignored.
template <auto Method>
constexpr detail::MethodTask<Method> task(TaskOptions options = {}) {
  if (options.weight < 1) {
    throw "task(): the weight must be at least 1";  // a compile error in the author's own line
  }
  return {options};
}

/// What tasks() returns: `static constexpr auto tasks() { return task_list(task<&A::b>(), …); }`.
template <auto... Methods>
constexpr detail::TaskList<Methods...> task_list(detail::MethodTask<Methods>... tasks) {
  return {{tasks...}};
}

}  // namespace cppworker
