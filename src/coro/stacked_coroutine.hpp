#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "coro/coroutine.hpp"
#include "coro/switch.hpp"
#include "coro/timers.hpp"

namespace cppworker::coro {

class SchedulerCore;

/// The scheduler's view of a coroutine. The object is at the top of its own stack and runs one body
/// after the other. Between two bodies it is in the scheduler's pool, and its stack keeps its
/// memory.
class StackedCoroutine final : public Coroutine {
 public:
  enum class State : std::uint8_t { kPooled, kReady, kRunning, kWaiting, kParked };
  /// The kind of wait that a coroutine is in, or was in before it became ready. resume() ends only
  /// kSuspend.
  enum class Wait : std::uint8_t { kNothing, kSuspend, kSleep, kFd };

  /// Constructs a coroutine in the uppermost bytes of `stack`.
  static StackedCoroutine& create(SchedulerCore& core, std::span<std::byte> stack);
  /// Destroys it and returns its stack. A body that has not begun is destroyed. A body that is
  /// suspended is abandoned without unwinding.
  std::span<std::byte> drop();

  /// Makes it ready to run `body` from the start.
  void start(Body body, Label label);
  /// Makes it ready if it is waiting.
  void wake();
  /// Calls wake() if it waits in suspend(); otherwise its next suspend() returns at once.
  void wake_from_suspend();
  void obeyed_stop();

  // All functions below, except the getters, are for the running coroutine itself.

  /// Returns true if the coroutine may continue. If a stop was requested, it throws StopUser, or
  /// returns false while an exception unwinds, or parks if both were ignored too often.
  bool check_stop();
  /// True if it was resumed since the last call.
  [[nodiscard]] bool take_remembered_resume();
  void yield();
  /// True if it has waited since the last call or yield: then the others have had their turn.
  [[nodiscard]] bool take_waited() {
    return std::exchange(wait_, Wait::kNothing) != Wait::kNothing;
  }
  /// Suspends until wake(), or until `deadline`.
  void wait(Wait reason, TimePoint deadline = TimePoint::max());
  /// Suspends permanently.
  [[noreturn]] void park();

  /// The used part of its stack, from the newest frame. @pre it is not running
  [[nodiscard]] std::span<const std::byte> used_stack() const {
    DCHECK(state_ != State::kRunning);
    const std::byte* const newest = context_.newest_frame();
    return {newest, static_cast<std::size_t>(stack_.data() + stack_.size() - newest)};
  }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::span<std::byte> stack() const { return stack_; }

 private:
  friend class CoroutinePool;
  friend class SchedulerCore;

  StackedCoroutine(SchedulerCore& core, std::span<std::byte> stack);
  ~StackedCoroutine() = default;
  [[noreturn]] void run_bodies();
  void run_body();

  SchedulerCore& core_;
  std::span<std::byte> stack_;  // the whole stack, including this object
  Context context_;
  Timer timer_;
  Body body_;
  TimePoint ready_since_{};
  StackedCoroutine* next_ = nullptr;   // in the pool's list of idle coroutines
  StackedCoroutine* newer_ = nullptr;  // in the pool's list of all coroutines
  StackedCoroutine* older_ = nullptr;
  int throws_ = 0;
  int failures_ = 0;
  State state_ = State::kPooled;
  Wait wait_ = Wait::kNothing;
  bool in_body_ = false;
  bool resume_remembered_ = false;
};

}  // namespace cppworker::coro
