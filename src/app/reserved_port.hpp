#pragma once

#include <cstdint>
#include <string>

#include "net/socket_address.hpp"

namespace cppworker::app {

/// A TCP port on which another program is going to listen. While this object exists, the system
/// does not give the port to a program that asks for a free one. A program that asks for this port
/// and sets SO_REUSEADDR (as Locust and libzmq do) gets it.
class ReservedPort {
 public:
  /// Throws Error if the host can't be resolved, and std::system_error if a program listens on the
  /// port or the address can't be used.
  /// @param host a name or an IP address of this machine; "" or "*": all its addresses
  /// @param port 0: a free port
  ReservedPort(const std::string& host, std::uint16_t port);
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  [[nodiscard]] std::uint16_t port() const { return address_.port(); }
  /// True if a program listens on the port. Does not connect to it. Throws std::system_error.
  [[nodiscard]] bool is_served() const;

 private:
  net::SocketAddress address_;
  int fd_ = -1;
};

}  // namespace cppworker::app
