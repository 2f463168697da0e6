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

/// A coroutine as its scheduler sees it. It lives at the top of its own stack and runs one body
/// after the other; between two of them it lies in the scheduler's pool, its stack still warm.
class StackedCoroutine final : public Coroutine {
 public:
  enum class State : std::uint8_t { kPooled, kReady, kRunning, kWaiting, kParked };
  /// What a waiting coroutine is in, or what a ready one has waited for; only kSuspend is ended by
  /// resume().
  enum class Wait : std::uint8_t { kNothing, kSuspend, kSleep, kFd };

  /// Makes one in the uppermost bytes of `stack`.
  static StackedCoroutine& create(SchedulerCore& core, std::span<std::byte> stack);
  /// Ends it and returns its stack. A body that hasn't begun is destroyed; what is suspended in the
  /// middle of one is forgotten, not unwound.
  std::span<std::byte> drop();

  /// Makes it ready to run `body` from the start.
  void start(Body body, Label label);
  /// Makes it ready if it is waiting.
  void wake();
  /// wake() if it waits in suspend(); otherwise the next suspend() will return at once.
  void wake_from_suspend();
  void obeyed_stop();

  // The rest but the getters is for the coroutine itself, while it runs.

  /// True if it may go on. When it is being stopped: throws StopUser, or returns false while an
  /// exception unwinds, or parks when it has ignored both too often.
  bool check_stop();
  /// True if it was resumed since it last asked.
  [[nodiscard]] bool take_remembered_resume();
  void yield();
  /// Has it waited since it last asked or yielded? Then the others have had their turn.
  [[nodiscard]] bool take_waited() {
    return std::exchange(wait_, Wait::kNothing) != Wait::kNothing;
  }
  /// Leaves the stack until wake(), or until `deadline`.
  void wait(Wait reason, TimePoint deadline = TimePoint::max());
  /// Leaves the stack for ever.
  [[noreturn]] void park();

  /// The part of its stack that is in use, the newest frame first. @pre it isn't running
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
  std::span<std::byte> stack_;  // all of it, this object included
  Context context_;
  Timer timer_;
  Body body_;
  TimePoint ready_since_{};
  StackedCoroutine* next_ = nullptr;   // among the pool's idle ones
  StackedCoroutine* newer_ = nullptr;  // in the pool's list of all
  StackedCoroutine* older_ = nullptr;
  int throws_ = 0;
  int failures_ = 0;
  State state_ = State::kPooled;
  Wait wait_ = Wait::kNothing;
  bool in_body_ = false;
  bool resume_remembered_ = false;
};

}  // namespace cppworker::coro
