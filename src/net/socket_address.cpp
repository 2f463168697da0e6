#include "net/socket_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <net/if.h>

// The sockets API needs a union of structs: NOLINTBEGIN(cppcoreguidelines-pro-type-union-access)

namespace cppworker::net {

namespace {

/// Replaces "%37" by "7".
std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* const digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
        result += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

/// Converts a zone to a scope id as getaddrinfo() does: from the number of an interface or, for a
/// link-local address, its name. 0 if there is no such interface.
std::uint32_t scope_id(const std::string& zone, const in6_addr& address) {
  std::uint32_t index = 0;
  const char* const end = zone.data() + zone.size();
  const auto [rest, error] = std::from_chars(zone.data(), end, index);
  if (error == std::errc() && rest == end) {
    return index;
  }
  const bool link_local =
      IN6_IS_ADDR_LINKLOCAL(&address) != 0 || IN6_IS_ADDR_MC_LINKLOCAL(&address) != 0;
  return link_local ? ::if_nametoindex(zone.c_str()) : 0;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::parse(std::string_view text, std::uint16_t port) {
  const bool in_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  std::optional<SocketAddress> result;
  if (in_brackets) {
    result = parse_ip6(text.substr(1, text.size() - 2), true);
  } else if (text.find(':') != std::string_view::npos) {
    result = parse_ip6(text, false);
  } else {
    SocketAddress address;
    if (::inet_pton(AF_INET, std::string(text).c_str(), &address.ip4_.sin_addr) == 1) {
      address.ip4_.sin_family = AF_INET;
      result = address;
    }
  }
  return result ? std::optional(result->with_port(port)) : std::nullopt;
}

std::optional<SocketAddress> SocketAddress::parse_ip6(std::string_view text, bool as_in_url) {
  const std::size_t percent = text.find('%');
  SocketAddress address;
  address.ip6_.sin6_family = AF_INET6;
  if (::inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(),
                  &address.ip6_.sin6_addr) != 1) {
    return std::nullopt;
  }
  if (percent == std::string_view::npos) {
    return address;
  }
  std::string_view zone = text.substr(percent + 1);
  if (as_in_url && zone.starts_with("25") && zone.size() > 2) {
    zone.remove_prefix(2);
  }
  const std::string name = as_in_url ? percent_decoded(zone) : std::string(zone);
  address.ip6_.sin6_scope_id = scope_id(name, address.ip6_.sin6_addr);
  return address.ip6_.sin6_scope_id == 0 ? std::nullopt : std::optional(address);
}

std::optional<SocketAddress> SocketAddress::from(const sockaddr& address, socklen_t size) {
  SocketAddress copy;
  const bool known = (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) ||
                     (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6));
  if (!known) {
    return std::nullopt;
  }
  copy.any_.sa_family = address.sa_family;
  std::memcpy(&copy.ip6_, &address, copy.size());
  return copy;
}

std::uint16_t SocketAddress::port() const {
  return ntohs(family() == AF_INET6 ? ip6_.sin6_port : ip4_.sin_port);
}

SocketAddress SocketAddress::with_port(std::uint16_t port) const {
  SocketAddress copy(*this);
  (family() == AF_INET6 ? copy.ip6_.sin6_port : copy.ip4_.sin_port) = htons(port);
  return copy;
}

std::string SocketAddress::ip() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    return ::inet_ntop(AF_INET, &ip4_.sin_addr, text.data(), text.size());
  }
  std::string result = ::inet_ntop(AF_INET6, &ip6_.sin6_addr, text.data(), text.size());
  if (ip6_.sin6_scope_id != 0) {
    std::array<char, IF_NAMESIZE> name{};
    const bool named = ::if_indextoname(ip6_.sin6_scope_id, name.data()) != nullptr;
    result += "%" + (named ? std::string(name.data()) : std::to_string(ip6_.sin6_scope_id));
  }
  return result;
}

std::string SocketAddress::text() const {
  const std::string port_text = ":" + std::to_string(port());
  return family() == AF_INET ? ip() + port_text : "[" + ip() + "]" + port_text;
}

bool SocketAddress::operator==(const SocketAddress& other) const {
  if (family() != other.family() || port() != other.port()) {
    return false;
  }
  if (family() == AF_INET) {
    return ip4_.sin_addr.s_addr == other.ip4_.sin_addr.s_addr;
  }
  return std::memcmp(&ip6_.sin6_addr, &other.ip6_.sin6_addr, sizeof ip6_.sin6_addr) == 0 &&
         ip6_.sin6_scope_id == other.ip6_.sin6_scope_id;
}

std::string_view without_brackets_and_zone(std::string_view host) {
  if (!host.starts_with('[') || !host.ends_with(']')) {
    return host;
  }
  host = host.substr(1, host.size() - 2);
  return host.substr(0, std::min(host.find('%'), host.size()));
}

}  // namespace cppworker::net

// NOLINTEND(cppcoreguidelines-pro-type-union-access)
