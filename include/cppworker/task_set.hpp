#pragma once

#include <chrono>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <type_traits>

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

/// What all TaskSets are to the library; derive from TaskSet<…> and its like instead.
class CPPWORKER_EXPORT TaskSetBase {
 public:
  TaskSetBase() = default;
  virtual ~TaskSetBase();
  TaskSetBase(const TaskSetBase&) = delete;  // nested sets and running tasks hold its address
  TaskSetBase& operator=(const TaskSetBase&) = delete;

  /// Runs when a user begins to work in this set. An exception that leaves it is an exception of
  /// the task of the parent that this set is; on_stop() is not run then.
  virtual void on_start() {}
  /// Runs when a user leaves this set: after interrupt(), or because the user stops. May make
  /// requests. What it throws is logged.
  virtual void on_stop() {}

  /// Leaves this set; only in its tasks and on_start(). The parent goes on with another task at
  /// once or, without `reschedule`, after its wait time.
  [[noreturn]] void interrupt(bool reschedule = true) { throw InterruptTaskSet{reschedule}; }

  /// Suspends for this set's wait time, or the user's if it has none: see User::wait().
  void wait();

  [[nodiscard]] Environment& environment() const noexcept { return user_->environment(); }

 protected:
  /// @param is_own false: the row belongs to another class than this object's; throws Error
  void schedule(const TaskRow& row, bool is_own, bool first);

 private:
  friend class UserRun;
  User* user_ = nullptr;
  const TaskSetClass* class_ = nullptr;
  const TaskChoices* choices_ = nullptr;     // the shard's
  std::unique_ptr<TaskSetBase> outer_;       // the set this one was entered from; none: the user
  std::forward_list<const TaskRow*> queue_;  // by schedule_task(); mostly empty: 8 bytes
  std::uint32_t next_ = 0;  // index of the next (sequential) or current (Markov) task
  std::chrono::steady_clock::time_point paced_until_{};  // see sample_wait()
};

}  // namespace detail

/// A set of tasks that a user works in until interrupt(): a row of its parent's table,
/// `task<Checkout>()`. It picks at random, by weight; it may have its own `wait_time` and nested
/// sets, to any depth. The counterpart of `locust.TaskSet`.
///
/// An object is made each time a user enters the set and destroyed when it leaves.
/// @tparam Parent the class (or a base of the classes) that lists it: a User or another TaskSet
template <class Parent>
class TaskSet : public detail::TaskSetBase {
 public:
  using ParentType = Parent;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kRandom;

  TaskSet() = default;
  explicit TaskSet(Parent& parent) : parent_(&parent) {}

  /// The user or TaskSet this one was entered from. In a constructor only if it was inherited:
  /// `using TaskSet::TaskSet;`.
  [[nodiscard]] Parent& parent() const noexcept { return *parent_; }

  /// The user, as the type that the outermost TaskSet names.
  [[nodiscard]] auto& user() const noexcept {
    if constexpr (std::is_base_of_v<User, Parent>) {
      return *parent_;
    } else {
      return parent_->user();
    }
  }

  /// The user's client, of users that have one.
  [[nodiscard]] decltype(auto) client() const { return user().client(); }

  /// Runs a task of this set, `schedule_task(task<&Checkout::pay>())`, or a nested set before any
  /// other is picked: after those that are scheduled already or, with `first`, before them.
  template <auto Method>
  void schedule_task(detail::MethodTask<Method> task, bool first = false);
  template <class Set>
  void schedule_task(detail::TaskSetTask<Set> task, bool first = false);

 private:
  friend struct detail::TaskSetAccess;
  Parent* parent_ = nullptr;
};

/// Runs its tasks in the order of tasks(), again and again; one with weight 3 three times in a row.
/// The counterpart of `locust.SequentialTaskSet`.
template <class Parent>
class SequentialTaskSet : public TaskSet<Parent> {
 public:
  using TaskSet<Parent>::TaskSet;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kSequential;
};

/// Begins with its first task; each task says by `.transitions` which ones may follow it. Checked
/// when it is compiled; tags and weights of tasks have no place in it. The counterpart of
/// `locust.MarkovTaskSet`.
template <class Parent>
class MarkovTaskSet : public TaskSet<Parent> {
 public:
  using TaskSet<Parent>::TaskSet;
  static constexpr detail::TaskSetKind kTaskSetKind = detail::TaskSetKind::kMarkov;
};

}  // namespace cppworker

// The bodies of schedule_task(): they need the rows of task tables, which need the classes above.
#include <cppworker/detail/make_rows.hpp>
