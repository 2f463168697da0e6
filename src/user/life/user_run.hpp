#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/task_set.hpp>
#include <cppworker/user.hpp>
#include <cppworker/value.hpp>

#include "coro/coroutine.hpp"
#include "coro/timers.hpp"
#include "user/life/task_table.hpp"

namespace cppworker::detail {

class Population;
class UserRun;

/// A user class on one shard: what its users share.
struct UserClassState {
  const UserClass* user_class = nullptr;
  std::string_view host;                 ///< of the class, or as the class picker set it
  const TaskChoices* choices = nullptr;  ///< what its users pick from
  std::vector<UserRun*> users;           ///< begun and alive, in the order they were started
  std::int64_t stopping = 0;             ///< how many of those were asked to stop
  std::int64_t to_start = 0;             ///< those that have not begun
  Value::Map attributes{};               ///< set by the class picker or --config-users
  std::int64_t to_stop = 0;              ///< surplus ones that are yet to be asked to stop
  bool lacks_host = false;               ///< an HttpUser without a host: none was started

  [[nodiscard]] std::int64_t alive() const {
    return static_cast<std::int64_t>(users.size()) + to_start;
  }
};

/// One user's life: on_start, then task, wait, task, wait, …, on_stop. The loop is data, also in
/// nested TaskSets: between tasks there is no stack, only this object, the TaskSets the user is in
/// and a timer. Owned by the Population; everything runs on the shard's thread.
class UserRun {
 public:
  UserRun(Population& population, UserClassState& state);
  UserRun(const UserRun&) = delete;
  UserRun& operator=(const UserRun&) = delete;

  [[nodiscard]] static UserRun& of(const User& user) { return *user.run_; }
  [[nodiscard]] static UserRun& of(const TaskSetBase& task_set) { return of(*task_set.user_); }

  /// For User's constructor: makes the user whose life is about to begin belong to it.
  static void attach_created(User& user);

  /// Goes on with the life on a stack: from its beginning, or with the next task. Reports it and
  /// tries again later if there is no memory for the stack.
  void start();

  /// Locust's User.stop(force=False): a waiting user stops at once, a running one after its task.
  void stop();
  /// Locust's force=True: the call the user is suspended in throws StopUser; on_stop() runs.
  void kill();

  [[nodiscard]] bool stopping() const { return stop_batch != 0; }
  [[nodiscard]] UserClassState& class_state() const { return *class_state_; }
  [[nodiscard]] const coro::Coroutine* coroutine() const { return coroutine_; }
  /// Whether there is anything to run when it stops: its own on_stop() or a TaskSet's.
  [[nodiscard]] bool has_on_stop() const;

  /// Runs on_stop() on a stack of its own, for a user that was stopped while it held none. False if
  /// there is no memory for it; then it may be called again, or:
  [[nodiscard]] bool start_leaving();
  void leave_without_on_stop();

  /// wait() inside a task. `task_set` whose wait it is; nullptr: the user's.
  void wait_in_task(TaskSetBase* task_set);

  std::uint32_t stop_batch = 0;      ///< the Population's: by which of its stops; 0: none
  std::uint32_t position = 0;        ///< the Population's: index in class_state().users
  bool holds_leaving_stack = false;  ///< the Population's: one of its bounded number of stacks

 private:
  enum class State : std::uint8_t {
    kNew,      // not begun: neither constructor nor on_start has run
    kRunning,  // in a constructor, on_start or a task, on a stack
    kWaiting,  // between tasks; on a stack only if the wait time is 0
    kLeaving,  // in on_stop
    kEnded,
  };
  /// How user code ended; StopUser and StopTest pass through.
  enum class Ending : std::uint8_t {
    kReturned,
    kReschedule,
    kRescheduleImmediately,
    kInterrupt,         // and the parent goes on at once
    kInterruptAndWait,  // and the parent waits first
    kFailed,            // an exception, which has been reported
  };
  enum class Next : std::uint8_t {
    kTask,   // another task
    kTimer,  // gives up the stack; the timer goes on with the next task
    kEnd,    // the user ends without on_stop
  };

  static void on_timer(void* self);
  void live();
  bool begin();
  void create_user();
  Next run_one_task();
  Next wait_after_task(Ending ending);
  const TaskRow& next_row();
  void execute(const TaskRow& row);
  void enter(const TaskSetClass& task_set);
  Ending interrupt_task_set(bool reschedule);
  void drop_task_set();
  coro::Duration sample_wait_of(TaskSetBase* task_set, coro::TimePoint& now);
  void leave();
  void leave_task_sets();
  void end();
  template <class Function>
  Ending attempt(const std::string_view& where, const Function& function, bool ends_user = false);
  void report_current_exception(std::string_view where);
  void log_current_exception(std::string_view introduction) const;
  void set_label(std::string_view task) const;

  void attach(User& user);

  /// Those whose user's constructors are running and that have not got it yet.
  static inline thread_local std::vector<UserRun*> in_creation;

  Population& population_;
  UserClassState* class_state_;
  std::unique_ptr<User> user_;
  std::unique_ptr<TaskSetBase> task_set_;  // the innermost one; none: the user's own tasks
  coro::Coroutine* coroutine_ = nullptr;   // not owned; while a stack is held
  coro::Timer timer_;
  coro::TimePoint paced_until_{};  // see sample_wait()
  State state_ = State::kNew;
};

}  // namespace cppworker::detail
