#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cppworker::net {

/// An IPv4 or IPv6 address with its port, in the format of connect(). A small value. An IPv6
/// address includes its scope, because a link-local one is incomplete without its interface.
class SocketAddress {
 public:
  /// Parses "10.0.0.1", "::1", "[::1]", "fe80::1%eth0" and, in brackets, the form in URLs:
  /// "[fe80::1%25eth0]" (RFC 6874). Returns nothing for any other text, which may be a name, and
  /// for an interface that does not exist. Makes a system call only if there is an interface.
  [[nodiscard]] static std::optional<SocketAddress> parse(std::string_view text,
                                                          std::uint16_t port = 0);
  /// A copy of an address from the system; nothing for families other than IPv4 and IPv6.
  [[nodiscard]] static std::optional<SocketAddress> from(const sockaddr& address, socklen_t size);

  [[nodiscard]] sa_family_t family() const { return any_.sa_family; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] SocketAddress with_port(std::uint16_t port) const;
  /// For connect(), with size().
  [[nodiscard]] const sockaddr* get() const { return &any_; }
  [[nodiscard]] socklen_t size() const { return family() == AF_INET6 ? sizeof ip6_ : sizeof ip4_; }

  /// The address without the port: "10.0.0.1", "fe80::1%eth0".
  [[nodiscard]] std::string ip() const;
  /// The address with the port: "10.0.0.1:80", "[fe80::1%eth0]:80".
  [[nodiscard]] std::string text() const;

  /// True if address, scope and port are equal.
  [[nodiscard]] bool operator==(const SocketAddress& other) const;

 private:
  SocketAddress() : ip6_{} {}
  static std::optional<SocketAddress> parse_ip6(std::string_view text, bool as_in_url);

  union {
    sockaddr any_;
    sockaddr_in ip4_;
    sockaddr_in6 ip6_;
  };
};

/// "fe80::1" for "[fe80::1%25eth0]": an IPv6 address as it appears in a certificate. Returns other
/// texts unchanged.
[[nodiscard]] std::string_view without_brackets_and_zone(std::string_view host);

}  // namespace cppworker::net
