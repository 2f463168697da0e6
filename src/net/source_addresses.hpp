#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>
#include <vector>

#include "net/socket_address.hpp"

namespace cppworker::net {

/// The local addresses of outgoing connections, used in turn. Without addresses the kernel chooses
/// one for each connection. Any thread.
class SourceAddresses {
 public:
  SourceAddresses() = default;
  explicit SourceAddresses(const std::vector<SocketAddress>& addresses);

  /// Reads "10.0.0.2,10.0.0.5-10.0.0.9,fd00::2". Throws Error.
  [[nodiscard]] static std::vector<SocketAddress> parse(std::string_view text);
  /// Throws Error for an address that this machine doesn't have.
  static void check(const std::vector<SocketAddress>& addresses);

  /// Those of the process: none until set_process(), which must be called before the first
  /// connection and at most once.
  [[nodiscard]] static SourceAddresses& process();
  static void set_process(const std::vector<SocketAddress>& addresses);

  /// Binds a socket that is not connected yet to the next address of its family, without a port:
  /// the kernel chooses a port when the socket connects, so that each address has all ports for
  /// each destination. Returns 0 or an errno; EADDRNOTAVAIL if no address has this family.
  [[nodiscard]] int bind(int fd, int family);

 private:
  struct Family {
    std::vector<SocketAddress> addresses;
    std::atomic<std::size_t> turn{0};

    const SocketAddress& next();
  };

  void add(const std::vector<SocketAddress>& addresses);

  Family ip4_;
  Family ip6_;
};

}  // namespace cppworker::net
