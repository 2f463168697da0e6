#include "mqtt/endpoint.hpp"

#include <charconv>

#include <cppworker/exception.hpp>

namespace cppworker::mqtt {

namespace {

constexpr std::string_view kPlain = "mqtt://";
constexpr std::string_view kWithTls = "mqtts://";
constexpr std::uint16_t kPlainPort = 1883;
constexpr std::uint16_t kTlsPort = 8883;

[[noreturn]] void refuse(std::string_view host, std::string_view why) {
  throw Error("'" + std::string(host) + "' is not the host of an MQTT broker: " + std::string(why) +
              ". Use a name with or without a port, mqtt://broker:1883 or mqtts://broker:8883.");
}

/// The position of the colon before the port; npos: there is none.
std::size_t port_colon(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool is_bare_ip6 =
      colon != std::string_view::npos && !host.starts_with('[') && host.find(':') != colon;
  const bool is_in_brackets = host.starts_with('[') && host.find(']') > colon;
  return is_bare_ip6 || is_in_brackets ? std::string_view::npos : colon;
}

std::uint16_t parse_port(std::string_view whole, std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    refuse(whole, "the port '" + std::string(text) + "' is not a number from 1 to 65535");
  }
  return port;
}

}  // namespace

Endpoint parse_endpoint(std::string_view host, std::uint16_t port, bool has_tls) {
  std::string_view rest = host;
  Endpoint endpoint{.has_tls = has_tls};
  if (rest.starts_with(kPlain)) {
    rest.remove_prefix(kPlain.size());
  } else if (rest.starts_with(kWithTls)) {
    rest.remove_prefix(kWithTls.size());
    endpoint.has_tls = true;
  } else if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    refuse(host, "it begins with " + std::string(rest.substr(0, scheme + 3)));
  }
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  if (rest.find_first_of("/?@") != std::string_view::npos) {
    refuse(host, "it has a path or a user name");
  }
  const std::size_t colon = port_colon(rest);
  endpoint.host = rest.substr(0, colon);
  if (endpoint.host.empty()) {
    refuse(host, "there is no name");
  }
  if (colon != std::string_view::npos) {
    endpoint.port = parse_port(host, rest.substr(colon + 1));
  } else if (port != 0) {
    endpoint.port = port;
  } else {
    endpoint.port = endpoint.has_tls ? kTlsPort : kPlainPort;
  }
  return endpoint;
}

}  // namespace cppworker::mqtt
