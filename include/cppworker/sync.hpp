#pragma once

#include <cstddef>

#include <cppworker/detail/export.hpp>
#include <cppworker/detail/wait_list.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// A number of permits among the users of one shard (gevent.lock.Semaphore): say, at most five
/// users in the checkout at a time. Users of a shard share one thread, so there is no lock in it. A
/// global one works with --threads 1; otherwise each shard has its own (`ShardLocal<Semaphore>`),
/// and using one on two shards throws std::logic_error.
class CPPWORKER_EXPORT Semaphore {
 public:
  explicit Semaphore(std::size_t permits = 1) : permits_(permits) {}

  /// Takes a permit, suspending the user until there is one; first come, first served. False after
  /// `timeout` (0: doesn't suspend), or when waiting is impossible because an exception unwinds a
  /// stopped user. Throws StopUser; no permit is lost then.
  [[nodiscard]] bool acquire(Seconds timeout = forever);
  /// Gives a permit back; never suspends. Also by a user that took none.
  void release();
  [[nodiscard]] std::size_t permits() const { return permits_; }

 private:
  std::size_t permits_;
  detail::WaitList waiters_;
};

/// Python's `with semaphore:`. Holds a permit for as long as it lives. Constructing it suspends;
/// throws StopUser, or UnwindingError when it could not wait.
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

/// A flag that users of one shard wait for (gevent.event.Event): say, until the first of them has
/// filled a cache. The rules of Semaphore apply. To be told by another thread, use a Future.
class CPPWORKER_EXPORT Event {
 public:
  /// Wakes everybody who waits; later waits return at once, until clear(). Never suspends.
  void set();
  void clear() { set_ = false; }
  [[nodiscard]] bool is_set() const { return set_; }
  /// Suspends until set(). False after `timeout`, or when waiting is impossible because an
  /// exception unwinds a stopped user. Throws StopUser.
  bool wait(Seconds timeout = forever);

 private:
  bool set_ = false;
  detail::WaitList waiters_;
};

}  // namespace cppworker
