#pragma once

#include <string>
#include <vector>

#include "coro/clock.hpp"
#include "net/socket_address.hpp"

namespace cppworker::detail {

/// Connects to whichever of several addresses accepts first: the next one is tried when the ones
/// before have failed or have been silent for a while.
class TcpDialer {
 public:
  static constexpr std::chrono::milliseconds kHeadStart{250};

  TcpDialer(std::vector<net::SocketAddress> addresses, coro::TimePoint deadline);
  ~TcpDialer();
  TcpDialer(const TcpDialer&) = delete;
  TcpDialer& operator=(const TcpDialer&) = delete;

  /// The connected, non-blocking socket, which is the caller's; -1: see error(). Suspends; throws
  /// StopUser.
  [[nodiscard]] int dial();
  /// errno of the last address that failed; 0: nobody answered in time; ECANCELED: can't wait.
  [[nodiscard]] int error() const { return error_; }

 private:
  void start(const net::SocketAddress& address);
  /// False: waiting is impossible, because an exception unwinds a stopped user.
  bool wait(coro::TimePoint until);
  int take_connected();

  std::vector<net::SocketAddress> addresses_;
  coro::TimePoint deadline_;
  std::vector<int> pending_;
  int poller_ = -1;  // an epoll that holds all of them, when there may be several
  int error_ = 0;
};

}  // namespace cppworker::detail
