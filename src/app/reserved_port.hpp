#pragma once

#include <cstdint>
#include <string>

#include "net/socket_address.hpp"

namespace cppworker::app {

/// A TCP port at which another program is going to listen. While this object exists, the system
/// gives the port to no program that asks for a free one; a program that asks for this port and
/// sets SO_REUSEADDR (Locust and libzmq do) gets it.
class ReservedPort {
 public:
  /// Throws Error if the host is not known, and std::system_error if a program listens there or the
  /// address can't be used.
  /// @param host a name or an IP address of this machine; "" or "*": all its addresses
  /// @param port 0: a free one
  ReservedPort(const std::string& host, std::uint16_t port);
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  [[nodiscard]] std::uint16_t port() const { return address_.port(); }
  /// True if a program listens there. Does not connect to it. Throws std::system_error.
  [[nodiscard]] bool is_served() const;

 private:
  net::SocketAddress address_;
  int fd_ = -1;
};

}  // namespace cppworker::app
