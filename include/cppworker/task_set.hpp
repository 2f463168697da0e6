#pragma once

#include <chrono>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <type_traits>

#include <cppworker/detail/class_checks.hpp>
#include <cppworker/detail/export.hpp>
#include <cppworker/detail/task_row.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

namespace detail {

struct TaskChoices;
struct TaskSetAccess;
class UserRun;

/// The common base of all TaskSets. Do not derive from it, but from TaskSet<…>,
/// SequentialTaskSet<…> or MarkovTaskSet<…>.
class CPPWORKER_EXPORT TaskSetBase {
 public:
  TaskSetBase() = default;
  virtual ~TaskSetBase();
  TaskSetBase(const TaskSetBase&) = delete;  // nested sets and running tasks hold its address
  TaskSetBase& operator=(const TaskSetBase&) = delete;

  /// Runs when a user enters this set. May suspend. An exception that leaves it counts as an
  /// exception of the task in the parent's table; on_stop() does not run then.
  virtual void on_start() {}
  /// Runs when a user leaves this set, because of interrupt() or because the user stops. May make
  /// requests. Its exceptions are logged.
  virtual void on_stop() {}

  /// Leaves this set. Call it only in the set's tasks and on_start(). The parent then runs another
  /// task: at once or, if `reschedule` is false, after its wait time.
  [[noreturn]] void interrupt(bool reschedule = true) { throw InterruptTaskSet{reschedule}; }

  /// Suspends for the wait time of this set, or of the user if the set has none. See User::wait().
  void wait();

  [[nodiscard]] Environment& environment() const noexcept { return user_->environment(); }

 protected:
  /// @param is_own false: the row belongs to another class; throws Error
  void schedule(const TaskRow& row, bool is_own, bool first);

 private:
  friend class UserRun;
  User* user_ = nullptr;
  const TaskSetClass* class_ = nullptr;
  const TaskChoices* choices_ = nullptr;     // owned by the shard
  std::unique_ptr<TaskSetBase> outer_;       // the set this one was entered from; null: the user
  std::forward_list<const TaskRow*> queue_;  // from schedule_task(); 8 bytes, as it is mostly empty
  std::uint32_t next_ = 0;  // index of the next (sequential) or current (Markov) task
  std::chrono::steady_clock::time_point paced_until_{};  // see sample_wait()
};

}  // namespace detail

/// A set of tasks that a user runs until interrupt(); the counterpart of `locust.TaskSet`. List it
/// in the tasks() of its parent: `task<Checkout>()`. Its tasks are picked at random, by weight. It
/// may have its own `wait_time` and nested sets, to any depth.
///
/// An object is created each time a user enters the set, and destroyed when the user leaves it.
/// @tparam Parent the class that lists it, or a base of it: a User or another TaskSet. With a class
///     of the library, `struct Browse : TaskSet<HttpUser>`, the set can be declared before its user
///     and be listed by several users and by their TaskSets; user() then returns an HttpUser&.
template <class Parent>
class TaskSet : public detail::TaskSetBase {
 public:
  using ParentType = Parent;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kRandom;

  TaskSet() = default;
  explicit TaskSet(Parent& parent) : parent_(&parent) {}

  /// The user or TaskSet from which the user entered this set; the user if Parent is a User. A
  /// constructor can use it only if the class inherits TaskSet's constructors:
  /// `using TaskSet::TaskSet;`.
  [[nodiscard]] Parent& parent() const noexcept { return *parent_; }

  /// The user. Its type is the Parent of the outermost TaskSet.
  [[nodiscard]] auto& user() const noexcept {
    static_assert(detail::IsComplete<Parent>,
                  "a TaskSet that comes before its user can't use the user's members: move the "
                  "TaskSet into the class of the user, or derive it from TaskSet<HttpUser>");
    if constexpr (std::is_base_of_v<User, Parent>) {
      return *parent_;
    } else {
      return parent_->user();
    }
  }

  /// The client of an HttpUser or FastHttpUser.
  [[nodiscard]] decltype(auto) client() const { return user().client(); }

  /// Schedules a task of this set, `schedule_task(task<&Checkout::pay>())`, or a nested set. It
  /// runs after the tasks that are already scheduled or, with `first`, before them. Other tasks are
  /// picked when no scheduled task is left.
  template <auto Method>
  void schedule_task(detail::MethodTask<Method> task, bool first = false);
  template <class Set>
  void schedule_task(detail::TaskSetTask<Set> task, bool first = false);

 private:
  friend struct detail::TaskSetAccess;
  Parent* parent_ = nullptr;
};

/// Runs its tasks in the order of tasks(), repeatedly; a task with weight 3 runs three times in a
/// row. The counterpart of `locust.SequentialTaskSet`.
template <class Parent>
class SequentialTaskSet : public TaskSet<Parent> {
 public:
  using TaskSet<Parent>::TaskSet;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kSequential;
};

/// Begins with its first task. The `.transitions` of each task list the tasks that may follow it.
/// They are checked at compile time. Its tasks can't have tags or weights. The counterpart of
/// `locust.MarkovTaskSet`.
template <class Parent>
class MarkovTaskSet : public TaskSet<Parent> {
 public:
  using TaskSet<Parent>::TaskSet;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kMarkov;
};

}  // namespace cppworker

// Defines schedule_task(), which needs the rows of task tables; these need the classes above.
#include <cppworker/detail/make_rows.hpp>
