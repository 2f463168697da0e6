#pragma once

#include <cstddef>

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/wait_list.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// A semaphore for the users of one shard (gevent.lock.Semaphore), for example to allow at most
/// five users in the checkout at a time. The users of a shard share one thread, so it has no lock.
/// A global Semaphore works only with --threads 1; otherwise use `ShardLocal<Semaphore>`. Using one
/// Semaphore on two shards throws std::logic_error.
class CPPWORKER_EXPORT Semaphore {
 public:
  explicit Semaphore(std::size_t permits = 1) : permits_(permits) {}

  /// Takes a permit. Suspends the user until there is one; users that wait get permits in the order
  /// of their calls. False after `timeout` (0: does not suspend), or if waiting is impossible
  /// because an exception is unwinding the stack of a stopped user. Throws StopUser if the user is
  /// stopped; no permit is lost then.
  [[nodiscard]] bool acquire(Seconds timeout = forever);
  /// Returns a permit. Does not suspend. A user that has not taken a permit may call it too.
  void release();
  [[nodiscard]] std::size_t permits() const { return permits_; }

 private:
  std::size_t permits_;
  detail::WaitList waiters_;
};

/// Holds a permit for its lifetime: Python's `with semaphore:`. The constructor suspends until
/// there is a permit. It throws StopUser if the user is stopped, or UnwindingError if waiting is
/// impossible.
class CPPWORKER_EXPORT SemaphoreGuard {
 public:
  [[nodiscard]] explicit SemaphoreGuard(Semaphore& semaphore) : semaphore_(semaphore) {
    if (!semaphore_.acquire()) {
      throw UnwindingError();
    }
  }
  ~SemaphoreGuard() { semaphore_.release(); }
  SemaphoreGuard(const SemaphoreGuard&) = delete;
  SemaphoreGuard& operator=(const SemaphoreGuard&) = delete;

 private:
  Semaphore& semaphore_;
};

/// A flag that users of one shard wait for (gevent.event.Event), for example until the first of
/// them has filled a cache. The rules for shards are those of Semaphore. To wait for another
/// thread, use a Future.
class CPPWORKER_EXPORT Event {
 public:
  /// Wakes all waiting users. Until clear(), later waits return at once. Does not suspend.
  void set();
  void clear() { set_ = false; }
  [[nodiscard]] bool is_set() const { return set_; }
  /// Suspends the user until set(). False after `timeout`, or if waiting is impossible because an
  /// exception is unwinding the stack of a stopped user. Throws StopUser if the user is stopped.
  bool wait(Seconds timeout = forever);

 private:
  bool set_ = false;
  detail::WaitList waiters_;
};

}  // namespace cppworker
