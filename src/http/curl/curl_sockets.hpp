#pragma once

#include <cstdint>
#include <vector>

#include <curl/curl.h>

#include "coro/scheduler.hpp"

namespace cppworker::http {

/// The sockets of libcurl that the scheduler watches. A socket that libcurl doesn't poll any more
/// stays watched, because its next request usually follows; this saves two system calls per
/// request. It is unwatched when it has an event that libcurl doesn't wait for.
class CurlSockets {
 public:
  CurlSockets(coro::Scheduler& scheduler, coro::FdHandler& handler)
      : scheduler_(scheduler), handler_(handler) {}

  /// Watches the socket as libcurl asks (CURL_POLL_…). Returns 0 or an errno.
  int want(curl_socket_t fd, int poll) noexcept;
  /// Must be called before a socket of libcurl is closed.
  void closing(curl_socket_t fd);
  /// The events for libcurl (CURL_CSELECT_…); 0: it waits for none, and the socket isn't watched
  /// any more.
  [[nodiscard]] int take_events(int fd, std::uint32_t epoll_events);
  /// The number of watched sockets; for tests.
  [[nodiscard]] std::size_t watched() const { return watched_; }

 private:
  struct Socket {
    std::uint32_t wanted = 0;   // EPOLLIN, EPOLLOUT; 0: none at present
    std::uint32_t watched = 0;  // the events that the scheduler watches
  };

  coro::Scheduler& scheduler_;
  coro::FdHandler& handler_;
  std::vector<Socket> sockets_;  // by fd
  std::size_t watched_ = 0;
};

}  // namespace cppworker::http
