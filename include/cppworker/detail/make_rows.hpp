#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <cppworker/detail/class_checks.hpp>
#include <cppworker/detail/markov.hpp>
#include <cppworker/detail/names.hpp>
#include <cppworker/detail/task_row.hpp>
#include <cppworker/task.hpp>
#include <cppworker/task_set.hpp>
#include <cppworker/user.hpp>

/// Converts the tasks() of an author's class to an array of TaskRow. Mistakes become compile errors
/// with an explanation. Code outside of the headers uses only the arrays, no templates.
namespace cppworker::detail {

template <class T>
concept HasTasks = requires {
  T::tasks();
};

/// The type to which a `void* holder` points for rows of T's table.
template <class T>
using HolderOf = std::conditional_t<std::is_base_of_v<User, T>, User, TaskSetBase>;

template <class T>
inline constexpr bool kIsTaskList = false;
template <class... Rows>
inline constexpr bool kIsTaskList<TaskList<Rows...>> = true;
template <class T>
concept IsTaskList = kIsTaskList<std::remove_cvref_t<T>>;

template <class T>
constexpr std::size_t row_count();

template <class Row>
struct RowCount {
  static constexpr std::size_t value = 1;
};
template <class Base>
struct RowCount<BaseTasks<Base>> {
  static constexpr std::size_t value = row_count<Base>();
};

template <class... Rows>
constexpr std::size_t count_rows(const TaskList<Rows...>&) {
  return (RowCount<Rows>::value + ... + 0);
}

template <class T>
constexpr std::size_t row_count() {
  static_assert(HasTasks<T>,
                "this class needs a public `static constexpr auto tasks()` that returns a "
                "task_list(...)");
  if constexpr (!HasTasks<T>) {  // one error is enough
    return 0;
  } else if constexpr (!IsTaskList<decltype(T::tasks())>) {
    static_assert(IsTaskList<decltype(T::tasks())>,
                  "tasks() must return a task_list(...): write `static constexpr auto tasks() { "
                  "return task_list(...); }`");
    return 0;
  } else {
    return count_rows(T::tasks());
  }
}

template <class T, auto Method>
constexpr TaskRow make_row(const MethodTask<Method>& task) {
  using Owner = typename MethodTask<Method>::Owner;
  constexpr bool is_own = std::is_base_of_v<Owner, T>;
  constexpr std::string_view name = method_name<Method>();
  static_assert(is_own,
                "tasks(): this task is a method of another class; list only methods of the user or "
                "TaskSet itself");
  static_assert(
      name != "on_start" && name != "on_stop",
      "tasks(): on_start and on_stop are called when a user starts and stops; do not list "
      "them as tasks");
  if constexpr (is_own) {
    return {.name = name,
            .weight = task.options.weight,
            .run =
                [](void* holder) {
                  std::invoke(Method, static_cast<T&>(*static_cast<HolderOf<T>*>(holder)));
                },
            .task_set = nullptr,
            .tags = task.options.tags,
            .transitions = task.options.transitions};
  } else {
    return {};
  }
}

template <class Set>
constexpr TaskSetClass make_task_set_class();

template <class Set>
inline constexpr TaskSetClass kTaskSetClass = make_task_set_class<Set>();

/// The user class at the end of T's parents.
template <class T>
struct UserOf {
  using Type = typename UserOf<typename T::ParentType>::Type;
};
template <std::derived_from<User> T>
struct UserOf<T> {
  using Type = T;
};

/// True if T may list a set with this parent: T is the parent, or the parent is T's user.
template <class T, class Parent>
constexpr bool can_list() {
  if constexpr (std::is_base_of_v<Parent, T>) {
    return true;
  } else if constexpr (std::is_base_of_v<User, Parent> && std::is_base_of_v<TaskSetBase, T>) {
    return std::is_base_of_v<Parent, typename UserOf<T>::Type>;
  } else {
    return false;
  }
}

template <class T, class Set>
constexpr TaskRow make_row(const TaskSetTask<Set>& task) {
  constexpr bool is_task_set = std::is_base_of_v<TaskSetBase, Set>;
  static_assert(
      is_task_set,
      "task<T>(): T is not a TaskSet; derive it from TaskSet<…>, or write task<&T::method>() "
      "for a method");
  constexpr bool is_public = std::is_convertible_v<Set*, TaskSetBase*>;
  static_assert(!is_task_set || is_public,
                "this class inherits privately: write `public` before its base, as in "
                "`class Checkout : public TaskSet<ShopUser>`");
  if constexpr (is_task_set && is_public) {
    constexpr bool is_of_this_parent = can_list<T, typename Set::ParentType>();
    static_assert(is_of_this_parent,
                  "tasks(): this TaskSet has another parent; only the class in TaskSet<…>, a class "
                  "derived from it, or a TaskSet of such a user can list it");
    if constexpr (is_of_this_parent) {
      return {.name = class_name<Set>(),
              .weight = task.options.weight,
              .run = nullptr,
              .task_set = &kTaskSetClass<Set>,
              .tags = task.options.tags,
              .transitions = task.options.transitions};
    }
  }
  return {};
}

template <class T>
constexpr auto make_rows();

template <class T, std::size_t N, class Row>
constexpr void add_rows(std::array<TaskRow, N>& rows, std::size_t& size, const Row& row) {
  rows[size++] = make_row<T>(row);
}
template <class T, std::size_t N, class Base>
constexpr void add_rows(std::array<TaskRow, N>& rows, std::size_t& size, const BaseTasks<Base>&) {
  static_assert(std::is_base_of_v<Base, T>, "tasks_of<Base>(): Base is not a base of this class");
  if constexpr (std::is_base_of_v<Base, T>) {
    std::apply([&](const auto&... row) { (add_rows<T>(rows, size, row), ...); },
               Base::tasks().rows);
  }
}

template <class T>
constexpr auto make_rows() {
  std::array<TaskRow, row_count<T>()> rows{};
  if constexpr (row_count<T>() > 0) {
    std::size_t size = 0;
    std::apply([&](const auto&... row) { (add_rows<T>(rows, size, row), ...); }, T::tasks().rows);
  }
  return rows;
}

template <class T>
inline constexpr auto kTaskRows = make_rows<T>();

constexpr bool any_is_picked(std::span<const TaskRow> rows) {
  for (const TaskRow& row : rows) {
    if (row.weight > 0) {
      return true;
    }
  }
  return false;
}

constexpr bool any_has_transitions(std::span<const TaskRow> rows) {
  for (const TaskRow& row : rows) {
    if (!row.transitions.empty()) {
      return true;
    }
  }
  return false;
}

/// The checks for users and for all TaskSets except MarkovTaskSets.
template <class T>
constexpr void check_table() {
  if constexpr (HasTasks<T>) {
    static_assert(any_is_picked(kTaskRows<T>),
                  "tasks() of this class lists no task to run: task_list(...) needs at least one "
                  "task with a weight above 0");
    static_assert(!any_has_transitions(kTaskRows<T>),
                  ".transitions are only for tasks of a MarkovTaskSet; this class is not one");
  }
}

template <class T>
concept HasWaitMethod = requires(T& object) {
  { object.wait_time() } -> std::convertible_to<Seconds>;
};

/// Sets the wait time of a UserClass or TaskSetClass.
template <class T, class Class>
constexpr void set_wait_time(Class& result) {
  if constexpr (HasWaitMethod<T>) {
    result.wait_function = [](void* holder) -> Seconds {
      return static_cast<T&>(*static_cast<HolderOf<T>*>(holder)).wait_time();
    };
  } else {
    constexpr bool is_wait_time = std::is_convertible_v<decltype(&T::wait_time), const WaitTime*>;
    static_assert(is_wait_time,
                  "wait_time must be `static constexpr WaitTime wait_time = between(1s, 5s);` or a "
                  "method `Seconds wait_time()`");
    if constexpr (is_wait_time) {
      result.wait_time = &T::wait_time;
    }
  }
}

template <class T>
concept HasOwnWaitTime = HasWaitMethod<T> || requires {
  T::wait_time;
};

/// Creates TaskSets and sets their parent, which a default constructor can't do.
struct TaskSetAccess {
  template <class Set>
  static TaskSetBase* create(User& user, TaskSetBase* outer) {
    using Parent = typename Set::ParentType;
    Parent* parent = nullptr;
    if constexpr (std::is_base_of_v<User, Parent>) {
      parent = static_cast<Parent*>(&user);
    } else {
      parent = static_cast<Parent*>(outer);
    }
    Set* made = nullptr;
    if constexpr (std::is_constructible_v<Set, Parent&>) {
      made = new Set(*parent);
    } else {
      static_assert(std::is_default_constructible_v<Set>,
                    "a TaskSet needs a constructor without arguments, or one that takes its parent "
                    "by reference");
      made = new Set();
    }
    static_cast<TaskSet<Parent>*>(made)->parent_ = parent;
    return made;
  }
};

template <class Set>
constexpr TaskSetClass make_task_set_class() {
  static_cast<void>(MemberChecks<Set, TaskSetBase>{});
  static_assert(!std::is_abstract_v<Set>,
                "this TaskSet has pure virtual methods; override them, or list a class that does");
  if constexpr (Set::kTaskSetKind == TaskSetKind::kMarkov) {
    check_markov<Set, kTaskRows<Set>>();
  } else {
    check_table<Set>();
  }
  TaskSetClass result{
      .name = class_name<Set>(),
      .kind = Set::kTaskSetKind,
      .tasks = kTaskRows<Set>,
      .has_wait_time = HasOwnWaitTime<Set>,
      .create = &TaskSetAccess::create<Set>,
      .has_on_stop = !std::is_same_v<decltype(&Set::on_stop), void (TaskSetBase::*)()>};
  if constexpr (HasOwnWaitTime<Set>) {
    set_wait_time<Set>(result);
  }
  return result;
}

/// Rows for schedule_task(), which belong to no table.
template <auto Method>
inline constexpr TaskRow kMethodRow =
    make_row<typename MethodTask<Method>::Owner>(MethodTask<Method>{});
template <class Set>
inline constexpr TaskRow kTaskSetRow = make_row<typename Set::ParentType>(TaskSetTask<Set>{});

}  // namespace cppworker::detail

namespace cppworker {

template <class Parent>
template <auto Method>
void TaskSet<Parent>::schedule_task(detail::MethodTask<Method> /*task*/, bool first) {
  using Owner = typename detail::MethodTask<Method>::Owner;
  static_assert(std::is_base_of_v<detail::TaskSetBase, Owner>,
                "schedule_task(): the task must be a method of this TaskSet");
  schedule(detail::kMethodRow<Method>, dynamic_cast<Owner*>(this) != nullptr, first);
}

template <class Parent>
template <class Set>
void TaskSet<Parent>::schedule_task(detail::TaskSetTask<Set> /*task*/, bool first) {
  using SetParent = typename Set::ParentType;
  if constexpr (std::is_base_of_v<User, SetParent>) {
    static_assert(std::is_base_of_v<SetParent, typename detail::UserOf<Parent>::Type>,
                  "schedule_task(): that TaskSet has another user");
    schedule(detail::kTaskSetRow<Set>, true, first);
  } else {
    schedule(detail::kTaskSetRow<Set>, dynamic_cast<SetParent*>(this) != nullptr, first);
  }
}

}  // namespace cppworker
