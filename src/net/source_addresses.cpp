#include "net/source_addresses.hpp"

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"

namespace cppworker::net {

namespace {

constexpr std::uint32_t kRangeMax = 65536;

std::optional<std::uint32_t> ip4_number(std::string_view text) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) {
    return std::nullopt;
  }
  return ntohl(address.s_addr);
}

/// Reads "10.0.0.2-10.0.0.9". None: it is not a range of IPv4 addresses.
std::optional<std::vector<SocketAddress>> parse_range(const std::string& text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos) {
    return std::nullopt;
  }
  const auto first = ip4_number(std::string_view(text).substr(0, dash));
  const auto last = ip4_number(std::string_view(text).substr(dash + 1));
  if (!first || !last) {
    return std::nullopt;
  }
  if (*last < *first) {
    throw Error("'" + text + "' is not a range: write the lowest address first");
  }
  if (*last - *first >= kRangeMax) {
    throw Error("'" + text + "' has more than " + std::to_string(kRangeMax) +
                " addresses: use a smaller range");
  }
  std::vector<SocketAddress> addresses;
  for (std::uint32_t offset = 0; offset <= *last - *first; ++offset) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(*first + offset);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    const auto& any = reinterpret_cast<const sockaddr&>(address);
    addresses.push_back(SocketAddress::from(any, sizeof address).value());
  }
  return addresses;
}

}  // namespace

SourceAddresses::SourceAddresses(const std::vector<SocketAddress>& addresses) { add(addresses); }

void SourceAddresses::add(const std::vector<SocketAddress>& addresses) {
  for (const SocketAddress& address : addresses) {
    (address.family() == AF_INET6 ? ip6_ : ip4_).addresses.push_back(address);
  }
}

std::vector<SocketAddress> SourceAddresses::parse(std::string_view text) {
  std::vector<SocketAddress> addresses;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string part(text.substr(0, comma));
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    if (const auto range = parse_range(part)) {
      addresses.insert(addresses.end(), range->begin(), range->end());
    } else if (const auto address = SocketAddress::parse(part)) {
      addresses.push_back(*address);
    } else {
      throw Error("'" + part +
                  "' is not an IP address or a range of IPv4 addresses. Write "
                  "10.0.0.2,10.0.0.3 or 10.0.0.2-10.0.0.9");
    }
  }
  return addresses;
}

void SourceAddresses::check(const std::vector<SocketAddress>& addresses) {
  for (const SocketAddress& address : addresses) {
    const int fd = ::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool bound = fd >= 0 && ::bind(fd, address.get(), address.size()) == 0;
    const int error = errno;
    if (fd >= 0) {
      ::close(fd);
    }
    if (!bound && error == EADDRNOTAVAIL) {
      throw Error("this machine does not have the address " + address.ip() +
                  ". `ip address` shows those that it has");
    }
    if (!bound) {
      throw Error("the address " + address.ip() +
                  " can't be used: " + std::generic_category().message(error));
    }
  }
}

SourceAddresses& SourceAddresses::process() {
  static SourceAddresses addresses;
  return addresses;
}

void SourceAddresses::set_process(const std::vector<SocketAddress>& addresses) {
  SourceAddresses& all = process();
  CHECK(all.ip4_.addresses.empty() && all.ip6_.addresses.empty());
  all.add(addresses);
}

/// In each round the order begins with another address. Otherwise, if a name has several addresses,
/// which are also used in turn, each of them would get the same few local addresses.
const SocketAddress& SourceAddresses::Family::next() {
  const std::size_t count = addresses.size();
  const std::size_t now = turn.fetch_add(1, std::memory_order_relaxed);
  return addresses[(now + now / count) % count];
}

int SourceAddresses::bind(int fd, int family) {
  if (ip4_.addresses.empty() && ip6_.addresses.empty()) {
    return 0;
  }
  Family& own = family == AF_INET6 ? ip6_ : ip4_;
  if (own.addresses.empty()) {
    return EADDRNOTAVAIL;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const SocketAddress& address = own.next();
  return ::bind(fd, address.get(), address.size()) == 0 ? 0 : errno;
}

}  // namespace cppworker::net
