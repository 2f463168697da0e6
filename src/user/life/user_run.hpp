#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <cppworker/spawn.hpp>
#include <cppworker/task_set.hpp>
#include <cppworker/user.hpp>

#include "coro/coroutine.hpp"
#include "coro/timers.hpp"
#include "user/life/side_coroutines.hpp"

namespace cppworker::detail {

class Population;
struct UserClassState;

/// Runs one user: on_start, then task, wait, task, wait, …, on_stop. Between tasks a user holds no
/// stack, also in nested TaskSets: there is only this object, its TaskSets and a timer. Most users
/// have one coroutine, and only while a task runs; gather() and spawn() add side coroutines. Owned
/// by the Population; everything runs on the shard's thread.
class UserRun {
 public:
  UserRun(Population& population, UserClassState& state);
  UserRun(const UserRun&) = delete;
  UserRun& operator=(const UserRun&) = delete;

  [[nodiscard]] static UserRun& of(const User& user) { return *user.run_; }
  /// Null if the worker has not created the user.
  [[nodiscard]] static UserRun* find(const User& user) { return user.run_; }
  [[nodiscard]] static UserRun& of(const TaskSetBase& task_set) { return of(*task_set.user_); }

  /// Called by the constructor of User: if a UserRun is creating this user, sets its environment,
  /// host and run.
  static void attach_created(User& user);

  /// Takes a stack and runs the constructor and on_start(), or the next task. If there is no memory
  /// for the stack, reports that and tries again later.
  /// @pre It holds no stack, and is new or waiting.
  void start();

  /// Locust's User.stop(force=False): a waiting user stops at once, a running user after its task.
  /// @param batch the number of the StopQueue's batch; not 0
  void stop(std::uint32_t batch);
  /// Locust's force=True: the call in which the user is suspended throws StopUser; then on_stop()
  /// runs.
  /// @pre It has not ended.
  void kill(std::uint32_t batch);

  [[nodiscard]] bool stopping() const { return stop_batch_ != 0; }
  /// The last batch of stops that included this user; 0: it was not asked to stop.
  [[nodiscard]] std::uint32_t stop_batch() const { return stop_batch_; }
  [[nodiscard]] UserClassState& class_state() const { return *class_state_; }
  [[nodiscard]] const coro::Coroutine* coroutine() const { return coroutine_; }
  /// Whether leaving takes a stack: its class, or one of the TaskSets it is in, has an on_stop(),
  /// or functions of spawn() have to be stopped.
  [[nodiscard]] bool needs_stack_to_leave() const;

  /// Takes a stack, stops the functions of spawn() and runs on_stop(), for a user that was stopped
  /// while it held no stack. Returns false if there is no memory for the stack; the caller may try
  /// again or call leave_without_on_stop().
  /// @pre The Population was given it by leave_without_stack().
  [[nodiscard]] bool start_leaving();
  void leave_without_on_stop();
  /// Logs that the user ends without its on_stop().
  void report_missing_on_stop() const;
  /// Requests the stop of the functions of spawn(), for a user that holds no stack or was parked.
  /// False: none is left that could end.
  bool stop_background();
  [[nodiscard]] bool has_background() const { return side_ != nullptr && side_->has_background(); }
  /// Whether start_leaving() has taken a stack.
  [[nodiscard]] bool holds_leaving_stack() const { return holds_leaving_stack_; }

  /// wait() inside a task.
  /// @param task_set whose wait time is used; nullptr: the user's
  void wait_in_task(TaskSetBase* task_set);

  /// spawn(). Throws Error in a constructor of the user and if there is no memory for the stack.
  [[nodiscard]] Background spawn_background(std::unique_ptr<BackgroundFunction> function);
  /// A function of spawn() has thrown StopUser by itself: the user ends as if a task had.
  void end_from_background();
  /// Reports the exception that is being handled, as one of `place`.
  void report_exception_in(std::string_view place);

 private:
  friend class Population;  // position_

  enum class State : std::uint8_t {
    kNew,      // neither the constructor nor on_start has run
    kRunning,  // in a constructor, on_start or a task, on a stack
    kWaiting,  // between tasks; on a stack only if the wait time is 0
    kLeaving,  // in on_stop
    kEnded,
  };
  /// How user code ended. StopUser and StopTest are not caught.
  enum class Ending : std::uint8_t {
    kReturned,
    kReschedule,
    kRescheduleImmediately,
    kInterrupt,         // leave the TaskSet; the parent continues at once
    kInterruptAndWait,  // leave the TaskSet; the parent waits first
    kFailed,            // an exception, which has been reported
  };
  enum class Next : std::uint8_t {
    kTask,   // another task
    kTimer,  // give the stack back; the timer starts the next task
    kEnd,    // end without on_stop
  };

  static void on_timer(void* self);
  void live();
  bool begin();
  void create_user();
  Next run_one_task();
  Next wait_after_task(Ending ending);
  const TaskRow& next_row();
  void execute(const TaskRow& row);
  void run_alone(const TaskRow& row, std::span<const TaskSetClass* const> sets);
  void create(const TaskSetClass& task_set);
  void enter(const TaskSetClass& task_set);
  Ending interrupt_task_set(bool reschedule);
  void drop_task_set();
  coro::Duration sample_wait_of(TaskSetBase* task_set, coro::TimePoint& now);
  void leave();
  void leave_task_sets();
  void stop_and_join_background();
  [[nodiscard]] SideCoroutines& side();
  /// The user has to end when its task has ended.
  [[nodiscard]] bool must_end() const { return stopping() || ends_; }
  void end();
  template <class Function>
  Ending attempt(const std::string_view& where, const Function& function, bool ends_user = false);
  void report_current_exception(std::string_view where);
  void log_current_exception(std::string_view introduction) const;
  void set_label(std::string_view task) const;

  void attach(User& user);

  Population& population_;
  UserClassState* class_state_;
  std::unique_ptr<User> user_;
  std::unique_ptr<TaskSetBase> task_set_;  // the innermost one; null: the user's own tasks
  coro::Coroutine* coroutine_ = nullptr;   // not owned; while a stack is held
  coro::Timer timer_;
  coro::TimePoint paced_until_{};         // see sample_wait()
  std::unique_ptr<SideCoroutines> side_;  // null: gather() and spawn() were not needed yet
  std::uint32_t stop_batch_ = 0;
  std::uint32_t position_ = 0;  // in class_state().users; kept by the Population
  State state_ = State::kNew;
  bool holds_leaving_stack_ = false;
  bool ends_ = false;  // see end_from_background()
};

}  // namespace cppworker::detail
