#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace cppworker::coro {

/// The name of the code on a stack, for messages about stack overflows, blocked shards and
/// swallowed StopUser. The strings must live as long as the program (class and task tables do).
struct Label {
  std::string_view user_class = {};
  std::string_view task = {};
};

/// A function with its own stack that its scheduler's thread can suspend and resume. Owned by the
/// scheduler. The reference that spawn() returns is valid until the body has returned.
class Coroutine {
 public:
  /// Runs on the coroutine's stack. Only StopUser may leave it; anything else ends the process.
  /// A capture of up to two pointers costs no allocation.
  using Body = std::function<void()>;

  /// After this number of swallowed StopUser exceptions, the next suspending call parks the
  /// coroutine.
  static constexpr int kThrowsMax = 8;
  /// The limit for calls that failed because an exception was unwinding.
  static constexpr int kFailuresMax = 1000;

  /// What a coroutine works for.
  struct Owner {
    /// Called when the coroutine was parked, on the scheduler's own stack, instead of
    /// Scheduler::Options::on_parked. Null: that function is called.
    void (*on_parked)(Owner&) = nullptr;
  };

  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;

  /// Changes the name that messages use.
  void set_label(Label label) { label_ = label; }
  [[nodiscard]] Label label() const { return label_; }

  /// Not owned; null until set_owner() is called. It must live as long as the body runs.
  void set_owner(Owner* owner) { owner_ = owner; }
  [[nodiscard]] Owner* owner() const { return owner_; }

  /// Requests a stop. The current or next suspending call throws StopUser, and so does every
  /// further one until clear_stop(). While an exception is unwinding, suspending calls return at
  /// once and report failure instead. After kThrowsMax swallowed throws the coroutine is parked: it
  /// is never resumed again, its stack is kept, and Scheduler::Options::on_parked is called. A
  /// coroutine is also parked, instead of ending the process, if StopUser reaches a function that
  /// must not throw (for example, a destructor that waits).
  void request_stop();
  /// For the owner of the body: the stop is complete, and later code (on_stop) may suspend again.
  void clear_stop();
  [[nodiscard]] bool stop_requested() const { return stop_requested_; }

  /// Makes a coroutine that is in suspend() ready. Only for its own thread. If it is not in
  /// suspend(), its next suspend() returns at once; several such calls count as one.
  void resume();

 protected:
  Coroutine() = default;
  ~Coroutine() = default;

 private:
  friend class StackedCoroutine;
  Label label_;
  Owner* owner_ = nullptr;
  bool stop_requested_ = false;
};

}  // namespace cppworker::coro
