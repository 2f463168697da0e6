#pragma once

#include <cstdint>
#include <vector>

#include <curl/curl.h>

#include "coro/scheduler.hpp"

namespace cppworker::http {

/// Which sockets of libcurl's the scheduler watches. Lazy: a socket that libcurl doesn't want to
/// hear of any more stays watched, because its next request usually comes (saves two system calls
/// per request); it is let go when it reports something that nobody waits for.
class CurlSockets {
 public:
  CurlSockets(coro::Scheduler& scheduler, coro::FdHandler& handler)
      : scheduler_(scheduler), handler_(handler) {}

  /// libcurl's wish (CURL_POLL_…). Returns 0 or an errno.
  int want(curl_socket_t fd, int poll) noexcept;
  /// Must come before libcurl's socket is closed.
  void closing(curl_socket_t fd);
  /// What of `epoll_events` libcurl waits for (CURL_CSELECT_…); 0: nothing, it is not watched now.
  [[nodiscard]] int take_events(int fd, std::uint32_t epoll_events);
  /// How many are watched; for tests.
  [[nodiscard]] std::size_t watched() const { return watched_; }

 private:
  struct Socket {
    std::uint32_t wanted = 0;   // EPOLLIN, EPOLLOUT; 0: nothing at present
    std::uint32_t watched = 0;  // what the scheduler was told
  };

  coro::Scheduler& scheduler_;
  coro::FdHandler& handler_;
  std::vector<Socket> sockets_;  // by fd
  std::size_t watched_ = 0;
};

}  // namespace cppworker::http
