#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/lag_meter.hpp"
#include "coro/stack_pool.hpp"
#include "coro/timers.hpp"

namespace cppworker::coro {

class Scheduler;
class SchedulerCore;

/// Called from the loop, on the scheduler's own stack, when a watched file descriptor is ready.
class FdHandler {
 public:
  virtual ~FdHandler() = default;
  virtual void on_fd_ready(int fd, std::uint32_t epoll_events) = 0;

  /// The coroutine that on_fd_ready() will probably resume; null: none or unknown. The loop brings
  /// it into the processor's cache first.
  [[nodiscard]] const Coroutine* waiter() const { return waiter_; }

 protected:
  Coroutine* waiter_ = nullptr;
};

/// A way to post() that may outlive the scheduler: what is posted after its end is destroyed unrun.
class Postbox {
 public:
  explicit Postbox(Scheduler& scheduler) : scheduler_{&scheduler} {}
  /// From any thread.
  void post(std::function<void()> function);

 private:
  friend class Scheduler;
  std::mutex mutex_;
  Scheduler* scheduler_;  // nullptr after its end
};

/// One thread's loop: ready coroutines, timers, file descriptors, messages from other threads.
/// Everything but post() and stop() belongs to the thread that calls run().
class Scheduler {
 public:
  struct Options {
    /// Bytes a coroutine may use, a few hundred of its own included; committed lazily.
    std::size_t stack_size = 64 * kKiB;
    /// A coroutine held the thread for longer than this: on_slow is told.
    Duration slow = std::chrono::milliseconds{100};
    std::function<void(Label, Duration)> on_slow = {};
    /// Told on the scheduler's own stack; the address and the label say who was given up.
    std::function<void(const Coroutine&)> on_parked = {};
    StackGuard stack_guard = StackGuard::kAuto;
    /// Stacks of finished coroutines kept with their memory; that of others goes back to the
    /// kernel.
    std::size_t idle_stacks_max = 1024;
  };

  /// Throws std::system_error (out of file descriptors).
  Scheduler(Clock& clock, Options options);
  /// Coroutines that are suspended or parked are dropped as they are: nothing on their stacks is
  /// unwound or destroyed, and what they own outside is leaked. Stop them first. Functions that
  /// were posted and bodies that have not begun are destroyed unrun.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Runs until stop() is called. Exceptions of handlers, hooks and posted functions end the
  /// process.
  void run();
  /// Runs until nothing is ready and no timer is armed (tests: a virtual clock skips the waits).
  void run_until_idle();
  /// From any thread, also before run(): the turn at hand and one more are finished, so what this
  /// thread posted before is run.
  void stop();

  /// The function runs on this scheduler's stack at its next turn. From any thread; order per
  /// sender is kept.
  void post(std::function<void()> function);
  /// For threads that don't know whether the scheduler still is.
  [[nodiscard]] const std::shared_ptr<Postbox>& postbox() const { return postbox_; }

  /// Starts a body soon, never inside this call, on a pooled stack. Throws std::bad_alloc when the
  /// process can't have more memory mappings.
  Coroutine& spawn(Coroutine::Body body, Label label = {});

  /// The scheduler whose thread this is, while it runs; nullptr on other threads.
  static Scheduler* current();
  /// The running coroutine; nullptr on the scheduler's own stack and on other threads.
  Coroutine* running();

  /// Time of the current turn, or when the running coroutine was resumed; reads no clock. Timers
  /// are due against it.
  [[nodiscard]] TimePoint turn_time() const;
  [[nodiscard]] Clock& clock();

  /// Edge or level triggered as `epoll_events` says (EPOLLIN, EPOLLET, …); replaces an earlier
  /// watch of the same fd. unwatch() must come before the fd is closed. No coroutine may wait for a
  /// watched fd. Throws std::system_error (bad or regular file, out of memory).
  void watch(int fd, std::uint32_t epoll_events, FdHandler& handler);
  void unwatch(int fd);

  /// Called once per turn after ready coroutines have run and before the loop waits: for engines
  /// that batch what coroutines asked for (one libcurl kick per turn). Not to be called by a hook.
  void add_turn_hook(std::function<void()> hook);

  /// Makes another turn follow this one even if nothing is ready, for hooks that do their work in
  /// steps. Coroutines, events, timers and messages have their share of that turn.
  void request_turn();

  /// How late coroutines that had waited were resumed since the last call: the turn in which what
  /// they waited for happened, and their time in the queue. Beginning and yielding is no waiting.
  Lag take_lag();

  /// Coroutines whose body has not returned, parked ones included.
  [[nodiscard]] std::size_t alive() const;
  /// Coroutines that were parked since the beginning.
  [[nodiscard]] std::size_t parked() const;

 private:
  friend class Timer;
  std::unique_ptr<SchedulerCore> core_;
  std::shared_ptr<Postbox> postbox_ = std::make_shared<Postbox>(*this);
};

/// The calls by which a coroutine waits. All throw StopUser when its stop was requested (see
/// Coroutine::request_stop) and, outside of a coroutine, std::logic_error.
namespace this_coroutine {

/// Who calls. Throws std::logic_error, which names the function, outside of a coroutine.
Coroutine& self(const char* function);

/// Waits for Coroutine::resume(), or until `deadline`. False when it could not suspend because an
/// exception is unwinding a stopped coroutine. May also return for a resume() that was meant for an
/// earlier wait: check what you wait for, as with a condition variable.
bool suspend(TimePoint deadline = TimePoint::max());
/// The same, but being stopped neither throws nor fails; it may make it return early. For waits
/// that must not be given up, because another thread uses what is on this stack.
void suspend_despite_stop();
/// What every suspending call does before and after it waits: throws StopUser when a stop was
/// requested; false when that can't be thrown because an exception is unwinding.
bool check_stop();
/// Lets everything else that is ready run first.
bool yield();
/// yield(), if the coroutine has not waited for anything since it last called this or yielded:
/// otherwise the others have had their turn.
bool yield_unless_waited();
/// Waits until `deadline` (1 ms resolution, never early).
bool sleep_until(TimePoint deadline);
/// Waits until the fd is readable/writable, or the deadline has passed (returns kTimeout); with a
/// deadline in the past it looks once. Errors and hang-ups count as ready: the read or write will
/// tell. Two coroutines may wait for the same fd, say for its two directions. An fd that is closed
/// meanwhile is never ready: wake the waiting coroutine first (shutdown() does). Throws
/// std::system_error when the fd isn't open; regular files are always ready.
enum class FdResult { kReady, kTimeout, kStopped };
FdResult wait_readable(int fd, TimePoint deadline);
FdResult wait_writable(int fd, TimePoint deadline);
/// Runs `function` on the scheduler's own, large stack while this coroutine is suspended: for code
/// that needs more stack than a user has (libcurl, TLS, name lookups, regular expressions). Nothing
/// else runs meanwhile, so it is no wait: it neither throws StopUser nor fails, and destructors may
/// use it. Passes on what the function throws.
void run_on_loop_stack(const std::function<void()>& function);

}  // namespace this_coroutine

}  // namespace cppworker::coro
