#pragma once

#include <string>
#include <vector>

#include "coro/clock.hpp"
#include "net/socket_address.hpp"

namespace cppworker::detail {

/// Connects to the first of several addresses that accepts. Tries the next address when the ones
/// before have failed or have not answered within kHeadStart.
class TcpDialer {
 public:
  static constexpr std::chrono::milliseconds kHeadStart{250};

  TcpDialer(std::vector<net::SocketAddress> addresses, coro::TimePoint deadline);
  ~TcpDialer();
  TcpDialer(const TcpDialer&) = delete;
  TcpDialer& operator=(const TcpDialer&) = delete;

  /// Returns the connected, non-blocking socket, which the caller owns; -1: see error(). Suspends;
  /// throws StopUser.
  [[nodiscard]] int dial();
  /// The errno of the last address that failed; 0: no answer before the deadline; ECANCELED: the
  /// coroutine can't wait, because an exception is unwinding a stopped user.
  [[nodiscard]] int error() const { return error_; }

 private:
  void start(const net::SocketAddress& address);
  /// Waits until a pending connection has a result. Returns false if waiting is impossible, because
  /// an exception is unwinding a stopped user.
  /// @pre A connection is pending.
  bool wait(coro::TimePoint until);
  /// The socket of a connection that was established, or -1. Closes those that failed.
  int take_connected();

  std::vector<net::SocketAddress> addresses_;
  coro::TimePoint deadline_;
  std::vector<int> pending_;
  int poller_ = -1;  // an epoll with all pending sockets, if there is more than one address
  int error_ = 0;
};

}  // namespace cppworker::detail
