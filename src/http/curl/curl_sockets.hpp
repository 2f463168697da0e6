#pragma once

#include <cstdint>
#include <vector>

#include <curl/curl.h>

#include "coro/scheduler.hpp"
#include "http/curl/curl_handles.hpp"

namespace cppworker::http {

class CurlTransfer;

/// The sockets of libcurl: which transfers use them, and for which events the scheduler watches
/// them. libcurl 7.88 closes the sockets of unfinished attempts to connect without a notice. On the
/// scheduler's own stack.
class CurlSockets {
 public:
  CurlSockets(coro::Scheduler& scheduler, coro::FdHandler& handler)
      : scheduler_(scheduler), handler_(handler) {}
  ~CurlSockets();
  CurlSockets(const CurlSockets&) = delete;
  CurlSockets& operator=(const CurlSockets&) = delete;

  /// `user` has opened the socket for its share. Throws std::bad_alloc.
  void opened(curl_socket_t fd, CurlShare& share, CurlTransfer& user);
  /// Must be called before a socket of libcurl is closed.
  void closing(curl_socket_t fd);
  /// Watches the socket as libcurl asks (CURL_POLL_…). Returns 0 or an errno.
  int want(curl_socket_t fd, int poll) noexcept;

  /// The transfer that uses the socket; null: the connection is idle. libcurl may use an HTTP/2
  /// connection for several transfers at a time: then it is one of them.
  [[nodiscard]] CurlTransfer* user(curl_socket_t fd) const;
  void set_user(curl_socket_t fd, CurlTransfer& user);
  /// The transfer has ended: its connections are idle.
  void leave(CurlShare& share, const CurlTransfer& user);
  /// libcurl handles what arrives on idle HTTP/2 connections.
  void set_http2(curl_socket_t fd);

  /// Makes libcurl give up those idle HTTP/1.1 connections of the share on which something has
  /// happened: data, the end, an error. libcurl 7.88 would use most of them. It finds that it has
  /// received the end of the connection instead.
  void spoil_disturbed(CurlShare& share);
  /// Whether the peer has neither ended nor reset the connection.
  [[nodiscard]] static bool is_open(curl_socket_t fd);

  /// The number of watched sockets; for tests.
  [[nodiscard]] std::size_t watched() const { return watched_; }

 private:
  struct Socket {
    std::uint32_t wanted = 0;  // EPOLLIN, EPOLLOUT; 0: not watched
    ino_t inode = 0;           // 0: not opened by a transfer
    CurlTransfer* user = nullptr;
    bool http2 = false;
  };

  [[nodiscard]] Socket& at(curl_socket_t fd);
  void make_room(curl_socket_t fd);
  void unwatch(curl_socket_t fd);
  /// Whether libcurl still has the socket; forgets it otherwise.
  bool still_open(const CurlShare::Socket& socket);
  void replace_by_ended(curl_socket_t fd);

  coro::Scheduler& scheduler_;
  coro::FdHandler& handler_;
  std::vector<Socket> sockets_;  // by fd
  std::size_t watched_ = 0;
  int ended_ = -1;  // a connection whose peer has closed it
};

}  // namespace cppworker::http
