#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace cppworker::net {

/// An IPv4 or IPv6 address with its port, as connect() takes it; a small value. An IPv6 address
/// keeps its scope: a link-local one means nothing without its interface.
class SocketAddress {
 public:
  /// Takes "10.0.0.1", "::1", "[::1]", "fe80::1%eth0" and, in brackets, the form of URLs:
  /// "[fe80::1%25eth0]" (RFC 6874). Nothing for any other text, also for an interface that doesn't
  /// exist: it may be a name. Makes a system call for an interface only.
  [[nodiscard]] static std::optional<SocketAddress> parse(std::string_view text,
                                                          std::uint16_t port = 0);
  /// A copy of what the system has given; nothing for other families than IPv4 and IPv6.
  [[nodiscard]] static std::optional<SocketAddress> from(const sockaddr& address, socklen_t size);

  [[nodiscard]] sa_family_t family() const { return any_.sa_family; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] SocketAddress with_port(std::uint16_t port) const;
  /// For connect(), with size().
  [[nodiscard]] const sockaddr* get() const { return &any_; }
  [[nodiscard]] socklen_t size() const { return family() == AF_INET6 ? sizeof ip6_ : sizeof ip4_; }

  /// Without the port: "10.0.0.1", "fe80::1%eth0".
  [[nodiscard]] std::string ip() const;
  /// "10.0.0.1:80", "[fe80::1%eth0]:80".
  [[nodiscard]] std::string text() const;

  /// The same address, scope and port.
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

/// "fe80::1" of "[fe80::1%25eth0]": an IPv6 address as a certificate has it. Other texts are left
/// as they are.
[[nodiscard]] std::string_view without_brackets_and_zone(std::string_view host);

}  // namespace cppworker::net
