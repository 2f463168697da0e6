#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/environment.hpp>

#include "coro/scheduler.hpp"
#include "user/iteration_limits.hpp"
#include "user/life/stop_queue.hpp"
#include "user/life/task_table.hpp"
#include "user/life/user_class_state.hpp"
#include "user/life/user_run.hpp"

namespace cppworker::detail {

class Shard;

/// Owns the users of one shard. Starts and stops users until each class has its target count.
/// Belongs to the shard's thread; no call suspends.
class Population {
 public:
  using Counts = std::map<std::string, std::int64_t>;

  /// @param user_classes must outlive the Population.
  /// @param changed called at the end of a turn in which users ended without being asked to stop
  Population(Environment& environment, std::span<const UserClass* const> user_classes,
             std::function<void()> changed);
  /// Users that are suspended are destroyed as well. Their stacks must not be resumed any more.
  ~Population() = default;
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;

  /// Sets the number of users per class. Classes that are absent keep their users. Each turn of the
  /// loop starts some of the missing users and stops some of the surplus ones. A waiting user stops
  /// at once. A running user may finish its task within `stop_timeout` and is killed after it.
  /// @param targets absolute numbers, not negative
  /// @param reached called once, when no user is stopping any more; not called if set_targets() or
  ///   stop_all() is called before
  void set_targets(const Counts& targets, coro::Duration stop_timeout,
                   std::function<void()> reached);

  /// Stops all users. `stopped` is called when the last user has ended, unless set_targets() or
  /// stop_all() is called before.
  void stop_all(coro::Duration stop_timeout, std::function<void()> stopped);

  /// The number of users per class, including those that are stopping. Lists every class.
  [[nodiscard]] Counts counts() const;

  /// Applies a change by the class picker of the master or by --config-users. Returns false if the
  /// class is unknown.
  /// @param change a map with `user_class_name` and optionally `host` (used by new users), `tasks`
  ///   (names; unknown ones are ignored) and other attributes, for User::class_attribute()
  bool update_user_class(const Value& change);

  /// Sets the limits of the users' tasks, which must outlive the Population.
  /// @pre No user has started.
  void limit_iterations(IterationLimits& limits);

  /// From now on, users pick each of their tasks with the same probability (--equal-weights).
  void use_equal_weights() { tasks_.use_equal_weights(); }

  /// From now on, users of all classes run only tasks that pass the filter.
  void filter_tasks(TagFilter filter);

  /// Called when a coroutine keeps swallowing StopUser and is never resumed again. If it runs a
  /// user, the user counts as ended. Its object is kept, because the stack still refers to it. A
  /// side coroutine of a user does not come here: when the user's own coroutine has to wait for it,
  /// that one is parked, too.
  /// @pre Called on the scheduler's own stack.
  void abandon(const coro::Coroutine& coroutine);

  [[nodiscard]] Shard& shard() const { return environment_.shard(); }
  [[nodiscard]] Environment& environment() const { return environment_; }

  // --- used by UserRun ---
  [[nodiscard]] TaskTable& tasks() { return tasks_; }
  [[nodiscard]] std::string_view host_of(const UserClassState& state);
  /// The user is to leave and has no stack. Runs its on_stop(), if it has one, on a stack when one
  /// is available.
  void leave_without_stack(UserRun& run);
  /// Destroys the user at the end of a turn.
  void ended(UserRun& run);
  /// Reports to the log and the master, at most every 10 s, that there is no memory for a stack.
  void report_missing_stack(std::string_view user_class);

 private:
  bool has_host(UserClassState& state);
  void start_some_users();
  /// Removes the user from its class.
  [[nodiscard]] std::unique_ptr<UserRun> remove(UserRun& run);
  void abandon(UserRun& run);
  void destroy_some_users();
  void end_of_turn();
  void settle();
  void start_leaving();

  Environment& environment_;
  TaskTable tasks_;
  TagFilter tag_filter_;
  std::deque<UserClassState> classes_;  // the addresses of its elements do not change
  std::function<void()> changed_;
  std::function<void()> settled_;  // the last call's `reached` or `stopped`
  StopQueue stops_;
  std::deque<UserRun*> leaving_queue_;           // stopped users that need a stack for on_stop()
  std::size_t leaving_ = 0;                      // users that hold such a stack
  std::vector<std::unique_ptr<UserRun>> ended_;  // destroyed at the end of a turn
  std::vector<std::unique_ptr<UserRun>> abandoned_;  // see abandon()
  bool some_ended_unasked_ = false;
  coro::TimePoint next_stack_report_ = coro::TimePoint::min();
};

}  // namespace cppworker::detail
