#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

#include <cppworker/task_options.hpp>

namespace cppworker {

namespace detail {

/// The class that a task belongs to. Type is void if Method can't be a task.
template <class Method>
struct TaskOwner {
  using Type = void;
};
template <class Owner, class Result>
struct TaskOwner<Result (Owner::*)()> {
  using Type = Owner;
};
template <class Owner, class Result>
struct TaskOwner<Result (Owner::*)() const> {
  using Type = Owner;
};
template <class Owner, class Result>
struct TaskOwner<Result (Owner::*)() noexcept> {
  using Type = Owner;
};
template <class Owner, class Result>
struct TaskOwner<Result (Owner::*)() const noexcept> {
  using Type = Owner;
};
template <class Owner, class Result>
struct TaskOwner<Result (*)(Owner&)> {
  using Type = Owner;
};

/// A row of tasks(), with the type of the method.
template <auto Method>
struct MethodTask {
  using Owner = typename TaskOwner<decltype(Method)>::Type;
  static_assert(!std::is_void_v<Owner>,
                "task<...>(): a task is a method without arguments, or a function that takes the "
                "user or TaskSet as its only argument, by reference");
  TaskOptions options;
};

template <class Set>
struct TaskSetTask {
  TaskOptions options;
};

template <class Base>
struct BaseTasks {};

template <class T>
inline constexpr bool kIsRow = false;
template <auto Method>
inline constexpr bool kIsRow<MethodTask<Method>> = true;
template <class Set>
inline constexpr bool kIsRow<TaskSetTask<Set>> = true;
template <class Base>
inline constexpr bool kIsRow<BaseTasks<Base>> = true;

template <class... Rows>
struct TaskList {
  static_assert((kIsRow<Rows> && ...),
                "task_list(...): each row is a call: write task<&ShopUser::index>(), with () at "
                "the end");
  std::tuple<Rows...> rows;
};

constexpr TaskOptions checked(TaskOptions options) {
  if (options.weight < 0) {
    throw "task(): the weight can't be negative";  // a compile error in the author's own line
  }
  return options;
}

}  // namespace detail

/// A row of tasks(): `task<&ShopUser::index>()`, `task<&ShopUser::search>({.weight = 3})`. The
/// method takes no arguments; its return value is ignored. A function `void browse(ShopUser&)` can
/// also be a task.
template <auto Method>
constexpr detail::MethodTask<Method> task(TaskOptions options = {}) {
  return {detail::checked(options)};
}

/// A row for a nested TaskSet: `task<Checkout>({.weight = 2})`. The user runs tasks of that TaskSet
/// until it calls interrupt().
template <class Set>
constexpr detail::TaskSetTask<Set> task(TaskOptions options = {}) {
  return {detail::checked(options)};
}

/// All rows of a base class, which Python's classes inherit:
/// `task_list(tasks_of<Base>(), task<&Derived::more>())`. A class that declares no tasks() inherits
/// that of its base and does not need this.
template <class Base>
constexpr detail::BaseTasks<Base> tasks_of() {
  return {};
}

/// The result of tasks(): `static constexpr auto tasks() { return task_list(task<&A::b>(), …); }`.
template <class... Rows>
constexpr detail::TaskList<Rows...> task_list(Rows... rows) {
  return {{rows...}};
}

}  // namespace cppworker
