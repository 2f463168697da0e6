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

  /// The coroutine that on_fd_ready() will probably resume; null: none or unknown. The loop
  /// prefetches it into the CPU cache.
  [[nodiscard]] const Coroutine* waiter() const { return waiter_; }

 protected:
  Coroutine* waiter_ = nullptr;
};

/// Posts functions to a scheduler that may have been destroyed. Functions that are posted after its
/// destruction are destroyed without being run.
class Postbox {
 public:
  explicit Postbox(Scheduler& scheduler) : scheduler_{&scheduler} {}
  /// For any thread.
  void post(std::function<void()> function);

 private:
  friend class Scheduler;
  std::mutex mutex_;
  Scheduler* scheduler_;  // nullptr after its destruction
};

/// The event loop of one thread: ready coroutines, timers, file descriptors, messages from other
/// threads. All functions except post() and stop() are for the thread that calls run().
class Scheduler {
 public:
  struct Options {
    /// Stack size of a coroutine in bytes, committed lazily. A few hundred bytes are used by the
    /// coroutine object.
    std::size_t stack_size = 64 * kKiB;
    /// on_slow is called when a coroutine blocked the thread for longer than this; also by
    /// report_if_slow().
    Duration slow = std::chrono::milliseconds{100};
    std::function<void(Label, Duration)> on_slow = {};
    /// Called on the scheduler's own stack when a coroutine was parked. Its address and label
    /// identify it. Not called if the coroutine's owner has an on_parked of its own.
    std::function<void(const Coroutine&)> on_parked = {};
    StackGuard stack_guard = StackGuard::kAuto;
    /// The number of stacks of finished coroutines that keep their memory. The memory of further
    /// stacks is returned to the kernel.
    std::size_t idle_stacks_max = 1024;
  };

  /// Throws std::system_error (out of file descriptors).
  Scheduler(Clock& clock, Options options);
  /// Drops suspended and parked coroutines: their stacks are not unwound, no objects on them are
  /// destroyed, and the resources of these objects are leaked. Stop coroutines first. Posted
  /// functions and bodies that have not begun are destroyed without being run.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Runs until stop() is called. An exception from a handler, a hook or a posted function ends the
  /// process.
  void run();
  /// Runs until nothing is ready and no timer is armed. For tests: a virtual clock skips the waits.
  void run_until_idle();
  /// For any thread, also before run(). The loop finishes the current turn and one more, so
  /// functions that the caller posted before stop() are run.
  void stop();

  /// Runs the function on this scheduler's stack in its next turn. For any thread. Functions of one
  /// sender run in order.
  void post(std::function<void()> function);
  /// Whether posted functions wait for the next turn.
  [[nodiscard]] bool has_messages() const;
  /// For threads that may outlive the scheduler.
  [[nodiscard]] const std::shared_ptr<Postbox>& postbox() const { return postbox_; }

  /// Queues a body to start on a pooled stack. It never starts inside this call. Throws
  /// std::bad_alloc if the process cannot map more memory.
  Coroutine& spawn(Coroutine::Body body, Label label = {});

  /// The scheduler that runs on this thread; nullptr on other threads.
  static Scheduler* current();
  /// The running coroutine; nullptr on the scheduler's own stack and on other threads.
  Coroutine* running();

  /// The time of the current turn, or the time when the running coroutine was resumed. Does not
  /// read the clock. Timers are compared with this time.
  [[nodiscard]] TimePoint turn_time() const;
  [[nodiscard]] Clock& clock();

  /// Calls `handler` when the fd is ready, level or edge triggered according to `epoll_events`
  /// (EPOLLIN, EPOLLET, …). Replaces an earlier watch of the same fd. Call unwatch() before the fd
  /// is closed. No coroutine may wait for a watched fd. Throws std::system_error (bad or regular
  /// file, out of memory).
  void watch(int fd, std::uint32_t epoll_events, FdHandler& handler);
  void unwatch(int fd);

  /// Adds a function that is called once per turn, after ready coroutines have run and before the
  /// loop waits. For engines that batch the requests of coroutines (one call into libcurl per
  /// turn). A hook must not call this.
  void add_turn_hook(std::function<void()> hook);

  /// Requests another turn even if nothing is ready, for hooks that do their work in steps.
  /// Coroutines, events, timers and messages are handled in that turn too.
  void request_turn();

  /// For code outside of coroutines, on the scheduler's own stack: calls Options::on_slow if it ran
  /// for longer than Options::slow.
  void report_if_slow(Label label, Duration held);

  /// How late waiting coroutines were resumed since the last call. Includes the turn in which the
  /// awaited event happened and the time in the queue. Starting and yielding do not count as waits.
  Lag take_lag();

  /// The number of coroutines whose body has not returned, including parked ones.
  [[nodiscard]] std::size_t alive() const;
  /// The number of coroutines that were parked so far.
  [[nodiscard]] std::size_t parked() const;

 private:
  friend class Timer;
  std::unique_ptr<SchedulerCore> core_;
  std::shared_ptr<Postbox> postbox_ = std::make_shared<Postbox>(*this);
};

/// Functions for the running coroutine. All throw StopUser if its stop was requested (see
/// Coroutine::request_stop), and std::logic_error outside of a coroutine.
namespace this_coroutine {

/// Returns the running coroutine. Throws std::logic_error, with the name of the function, outside
/// of a coroutine.
Coroutine& self(const char* function);

/// Waits for Coroutine::resume(), or until `deadline`. Returns false if it could not suspend
/// because an exception is unwinding a stopped coroutine. It may also return because of a resume()
/// that was meant for an earlier wait: check your condition, as with a condition variable.
bool suspend(TimePoint deadline = TimePoint::max());
/// Waits for Coroutine::resume(). A stop neither throws nor fails, but may end the wait early. For
/// waits that must be repeated until the condition holds, because another thread uses objects on
/// this stack.
void suspend_despite_stop();
/// Suspends permanently, as if it had swallowed StopUser too often; see Coroutine::request_stop().
/// For a stopped coroutine that has to wait for another one which was parked.
[[noreturn]] void park();
/// Every suspending call does this before and after it waits. Throws StopUser if a stop was
/// requested. Returns false if it cannot throw because an exception is unwinding.
bool check_stop();
/// Lets all other ready coroutines run first.
bool yield();
/// Calls yield() if the coroutine has not waited or yielded since its last call of this function.
/// After a wait, the others have already had their turn.
bool yield_unless_waited();
/// Waits until `deadline` (1 ms resolution, never early).
bool sleep_until(TimePoint deadline);
/// Waits until the fd is readable/writable, or until the deadline has passed (returns kTimeout).
/// With a deadline in the past it checks once. Errors and hang-ups count as ready: the read or
/// write reports them. Several coroutines may wait for the same fd, for example one for each
/// direction. An fd that is closed during the wait is never ready: wake the waiting coroutine first
/// (shutdown() does). Regular files are always ready. Throws std::system_error if the fd is not
/// open.
enum class FdResult { kReady, kTimeout, kStopped };
FdResult wait_readable(int fd, TimePoint deadline);
FdResult wait_writable(int fd, TimePoint deadline);
/// Runs `function` on the scheduler's own, large stack while this coroutine is suspended. For code
/// that needs more stack than a user has (libcurl, TLS, name lookups, regular expressions). No
/// other coroutine runs during the call, so it is not a wait: it neither throws StopUser nor fails,
/// and destructors may use it. Exceptions of the function are passed on.
void run_on_loop_stack(const std::function<void()>& function);

}  // namespace this_coroutine

}  // namespace cppworker::coro
