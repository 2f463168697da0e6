#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sys/epoll.h>

#include "coro/clock.hpp"

namespace cppworker::coro {

/// An epoll instance that another thread can wake.
class Poller {
 public:
  /// So few that sockets and users are still in the processor's cache when they run: among
  /// thousands of users that makes a request a tenth cheaper.
  static constexpr std::size_t kEventsMax = 32;

  /// Throws std::system_error (out of file descriptors).
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Adds `fd`, or changes what it is polled for. Returns 0 or an errno.
  int set(int fd, std::uint32_t events, std::uint64_t tag);
  void remove(int fd);

  /// Waits until something is ready, wake() was called or `timeout` has passed; nullopt: for ever.
  /// The events (at most kEventsMax) are valid until the next call.
  std::span<const epoll_event> wait(std::optional<Duration> timeout);

  /// Whether the last wait() has told everything: the next one's events will be new.
  [[nodiscard]] bool told_all() const { return told_all_; }
  /// Appends a mark to the events that are yet to be told. @pre !is_marked()
  void mark();
  /// wait() has not come to the mark yet.
  [[nodiscard]] bool is_marked() const { return is_marked_; }

  /// From any thread; ends the present or the next wait().
  void wake() noexcept;

  /// For kernels before 5.11, tried out by itself: timeouts in whole milliseconds, never early.
  void use_milliseconds() { nanoseconds_ = false; }

 private:
  void close_all() const;
  void watch_eventfd(int& fd, std::uint32_t events, std::uint64_t tag);
  int wait_for_events(std::optional<Duration> timeout);

  int epoll_;
  int wakeup_ = -1;  // eventfds
  int mark_ = -1;
  bool told_all_ = true;
  bool is_marked_ = false;
  bool nanoseconds_ = true;
  std::array<epoll_event, kEventsMax> events_{};
};

}  // namespace cppworker::coro
