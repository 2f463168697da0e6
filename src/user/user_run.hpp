#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/user.hpp>

#include "coro/coroutine.hpp"
#include "coro/timers.hpp"

namespace cppworker::detail {

class Population;
class UserRun;

/// A user class on one shard: what its users share.
struct UserClassState {
  const UserClass* user_class = nullptr;
  std::string_view host;                ///< of the class, or as the master's class picker set it
  std::vector<const TaskRow*> choices;  ///< each task as often as its weight, as in Locust
  std::vector<UserRun*> users;          ///< alive, in the order they were started
};

/// One user's life: on_start, then task, wait, task, wait, …, on_stop. The loop is data: between
/// tasks there is no stack, only this object and its timer. Owned by the Population; everything
/// runs on the shard's thread.
class UserRun {
 public:
  UserRun(Population& population, UserClassState& state);
  UserRun(const UserRun&) = delete;
  UserRun& operator=(const UserRun&) = delete;

  /// Goes on with the life on a stack: from its beginning, or with the next task.
  void start();

  /// Locust's User.stop(force=False): a waiting user stops at once, a running one after its task.
  void stop();
  /// Locust's force=True: the call the user is suspended in throws StopUser; on_stop() runs.
  void kill();

  [[nodiscard]] bool stopping() const { return stop_batch != 0; }
  [[nodiscard]] UserClassState& class_state() const { return *class_state_; }
  [[nodiscard]] const coro::Coroutine* coroutine() const { return coroutine_; }

  /// Runs on_stop() on a stack of its own, for a user that was stopped while it held none.
  void start_leaving();

  std::uint32_t stop_batch = 0;      ///< the Population's: by which of its stops; 0: none
  std::uint32_t position = 0;        ///< the Population's: index in class_state().users
  bool holds_leaving_stack = false;  ///< the Population's: one of its bounded number of stacks

 private:
  enum class State : std::uint8_t {
    kNew,      // not begun: neither constructor nor on_start has run
    kRunning,  // in on_start or a task, on a stack
    kWaiting,  // between tasks; on a stack only if the wait time is 0
    kLeaving,  // in on_stop
    kEnded,
  };

  static void on_timer(void* self);
  void live();
  bool begin();
  bool run_one_task();
  bool wait_after_task();
  void leave();
  void end();
  void report_current_exception(std::string_view where);

  Population& population_;
  UserClassState* class_state_;
  std::unique_ptr<User> user_;
  coro::Coroutine* coroutine_ = nullptr;  // not owned; while a stack is held
  coro::Timer timer_;
  State state_ = State::kNew;
};

}  // namespace cppworker::detail
