#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace cppworker::coro {

/// Who runs on a stack, for messages about overflows, blocked shards and swallowed StopUser. The
/// strings live as long as the program (class and task tables do).
struct Label {
  std::string_view user_class = {};
  std::string_view task = {};
};

/// A function on a stack of its own that can be suspended and resumed by its scheduler's thread.
/// Owned by the scheduler; the reference that spawn() returns is valid until the body has returned.
class Coroutine {
 public:
  /// Runs on the coroutine's stack. Only StopUser may leave it; anything else ends the process.
  /// A capture of up to two pointers costs no allocation.
  using Body = std::function<void()>;

  /// After so many StopUser that were swallowed, the next suspending call parks the coroutine.
  static constexpr int kThrowsMax = 8;
  /// The same for calls that failed because an exception was unwinding.
  static constexpr int kFailuresMax = 1000;

  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;

  /// What messages call it from now on.
  void set_label(Label label) { label_ = label; }
  [[nodiscard]] Label label() const { return label_; }

  /// Asks it to stop: the suspending call it is in, or the next one, throws StopUser; so does every
  /// further one until clear_stop(). While an exception is unwinding, suspending calls return at
  /// once and say that they failed instead. After kThrowsMax throws that were swallowed it is
  /// parked: never resumed again, its stack is kept, and Scheduler::Options::on_parked is told. It
  /// is also parked, instead of ending the process, when StopUser runs into a function that must
  /// not throw (say, a destructor that waits).
  void request_stop();
  /// For the owner of the body: the stop has been obeyed, what follows (on_stop) may suspend again.
  void clear_stop();
  [[nodiscard]] bool stop_requested() const { return stop_requested_; }

  /// Makes a coroutine that is in suspend() ready. Same thread; resuming one that isn't suspended
  /// there is remembered once (its next suspend() returns at once).
  void resume();

 protected:
  Coroutine() = default;
  ~Coroutine() = default;

 private:
  friend class StackedCoroutine;
  Label label_;
  bool stop_requested_ = false;
};

}  // namespace cppworker::coro
