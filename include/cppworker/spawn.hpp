#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include <cppworker/detail/export.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

namespace detail {

/// A function of spawn() whose type is erased.
class BackgroundFunction {
 public:
  BackgroundFunction() = default;
  virtual ~BackgroundFunction() = default;
  BackgroundFunction(const BackgroundFunction&) = delete;
  BackgroundFunction& operator=(const BackgroundFunction&) = delete;
  virtual void run() = 0;
};

class BackgroundRun;

}  // namespace detail

/// A function that spawn() has started. Copies refer to the same one. It goes on if all of them are
/// destroyed. For the user's own thread.
class CPPWORKER_EXPORT Background {
 public:
  /// Suspends until the function has ended: gevent's `greenlet.join()`. Does not throw the
  /// function's exception, which was reported when it was thrown. False after `timeout` (0: does
  /// not suspend), or if waiting is impossible because an exception is unwinding the stack of a
  /// stopped user. Throws StopUser if the caller is stopped, and std::logic_error in the function
  /// itself and outside of a user or listener.
  bool join(Seconds timeout = forever);
  /// Throws StopUser into the function, in the call in which it waits, and suspends until it has
  /// ended: gevent's `greenlet.kill()`. The user goes on. In the function itself, it throws
  /// StopUser at once. Throws as join().
  void stop();
  /// Whether the function has ended. Does not suspend.
  [[nodiscard]] bool ended() const;

 private:
  friend class detail::BackgroundRun;
  explicit Background(std::shared_ptr<detail::BackgroundRun> run) : run_(std::move(run)) {}
  std::shared_ptr<detail::BackgroundRun> run_;
};

namespace detail {
CPPWORKER_EXPORT Background spawn_background(std::unique_ptr<BackgroundFunction> function);
}  // namespace detail

/// Runs `function()` in the background, as a coroutine of the calling user, and returns at once:
/// `gevent.spawn(function)`. It goes on between the user's tasks. When the user stops, the function
/// gets StopUser in the call in which it waits, and on_stop() begins when it has ended. A function
/// that on_stop() starts is stopped when on_stop() has returned.
///
/// The function must own what it uses (capture by value), except the user itself: a variable of the
/// task is gone when the task has ended. A TaskSet is gone when the user leaves it: stop the
/// function in its on_stop().
///
/// An exception of the function is reported like that of a task, and the user goes on. If the
/// function throws StopUser (or StopTest) without having been stopped, the user ends. The result of
/// the function is dropped.
///
/// Throws:
/// - StopUser, if the user is being stopped, or UnwindingError, if an exception is already
/// unwinding
///   its stack,
/// - Error, if it is called in a constructor of the user, or if there is no memory for a stack,
/// - std::logic_error, if the caller is not a user.
template <class Function>
Background spawn(Function function) {
  constexpr bool kIsFunction = std::invocable<Function&>;
  static_assert(kIsFunction, "spawn() takes a function without parameters: spawn([this] { ... })");
  if constexpr (kIsFunction) {
    struct Erased final : detail::BackgroundFunction {
      explicit Erased(Function&& f) : owned(std::move(f)) {}
      void run() override { static_cast<void>(owned()); }
      Function owned;
    };
    return detail::spawn_background(std::make_unique<Erased>(std::move(function)));
  }
}

}  // namespace cppworker
