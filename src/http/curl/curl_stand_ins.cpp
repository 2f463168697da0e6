#include "http/curl/curl_stand_ins.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/check.hpp"

namespace cppworker::http {

namespace {

constexpr unsigned kIndexBits = 4;
static_assert(CurlStandIns::kAddressesMax == 1U << kIndexBits);

/// Stand-ins are addresses that can't be connected to: of 0.0.0.0/8 ("this network", RFC 1122) and
/// of the reserved ::/8 (RFC 4291). 0.0.0.0 itself, which means this host, is not used.
constexpr std::array<std::uint8_t, 12> kIp6Prefix{0, 0xc9};

std::string stand_in(char family, std::uint32_t number, std::size_t index) {
  DCHECK(number != 0 && number <= CurlStandIns::kNamesMax);
  DCHECK(index < CurlStandIns::kAddressesMax);
  const std::uint32_t code = (number << kIndexBits) | static_cast<std::uint32_t>(index);
  if (family == '6') {
    return fmt::format("[c9::{:x}:{:x}]", code >> 16U, code & 0xffffU);
  }
  return fmt::format("0.{}.{}.{}", code >> 16U, (code >> 8U) & 0xffU, code & 0xffU);
}

}  // namespace

CurlStandIns::Families CurlStandIns::families(const std::vector<net::SocketAddress>& addresses) {
  Families result;
  for (const net::SocketAddress& address : addresses) {
    const char family = address.family() == AF_INET6 ? '6' : '4';
    if (std::ranges::count(result, family) < static_cast<std::ptrdiff_t>(kAddressesMax)) {
      result += family;
    }
  }
  return result;
}

CurlStandIns::Name* CurlStandIns::find(std::string_view host) {
  auto found = by_host_.find(host);
  if (found == by_host_.end()) {
    if (by_number_.size() >= kNamesMax) {
      return nullptr;
    }
    found = by_host_.emplace(std::string(host), Name{}).first;
    by_number_.push_back(&found->second);
    found->second.host = host;
    found->second.number = static_cast<std::uint32_t>(by_number_.size());
  }
  return &found->second;
}

std::string CurlStandIns::resolve_entry(const Name& name, std::uint16_t port,
                                        const Families& families) {
  DCHECK(!families.empty());
  std::string entry = fmt::format("{}:{}:", name.host, port);
  std::array<std::size_t, 2> next{};
  for (const char family : families) {
    entry += stand_in(family, name.number, next.at(family == '6' ? 1 : 0)++);
    entry += ',';
  }
  entry.pop_back();
  return entry;
}

std::optional<CurlStandIns::StandIn> CurlStandIns::decode(const net::SocketAddress& address) {
  std::uint32_t code = 0;
  if (address.family() == AF_INET6) {
    sockaddr_in6 ip6{};
    std::memcpy(&ip6, address.get(), sizeof ip6);
    const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof ip6.sin6_addr>>(ip6.sin6_addr);
    if (!std::equal(kIp6Prefix.begin(), kIp6Prefix.end(), bytes.begin())) {
      return std::nullopt;
    }
    std::memcpy(&code, &bytes[kIp6Prefix.size()], sizeof code);
  } else {
    sockaddr_in ip4{};
    std::memcpy(&ip4, address.get(), sizeof ip4);
    code = ip4.sin_addr.s_addr;
  }
  code = ntohl(code);
  const std::uint32_t number = code >> kIndexBits;
  if (number == 0 || number > by_number_.size()) {
    return std::nullopt;
  }
  return StandIn{.name = by_number_[number - 1],
                 .port = address.port(),
                 .family = address.family(),
                 .index = code & (kAddressesMax - 1)};
}

}  // namespace cppworker::http
