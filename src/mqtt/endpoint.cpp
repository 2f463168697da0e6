#include "mqtt/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <cppworker/exception.hpp>

#include "text/credentials.hpp"

namespace cppworker::mqtt {

namespace {

/// The beginning of a host. Each one without TLS is followed by its counterpart with TLS.
struct Scheme {
  std::string_view text;
  std::uint16_t port;  // without a port in the host
  bool has_tls;
  bool has_path;  // of a WebSocket
};
constexpr std::array kSchemes{Scheme{"mqtt://", 1883, false, false},
                              Scheme{"mqtts://", 8883, true, false},
                              Scheme{"ws://", 80, false, true}, Scheme{"wss://", 443, true, true}};

/// What paho and Locust's ws_path use.
constexpr std::string_view kDefaultPath = "/mqtt";

[[noreturn]] void refuse(std::string_view host, std::string_view why) {
  throw Error("'" + text::without_credentials(std::string(host)) +
              "' is not the host of an MQTT broker: " + std::string(why) +
              ". Use a name with or without a port, mqtt://broker:1883, mqtts://broker:8883, "
              "ws://broker:80/mqtt or wss://broker:443/mqtt.");
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

/// @param text what follows name and port
std::string path_of(std::string_view whole, std::string_view text) {
  if (text.empty()) {
    return std::string(kDefaultPath);
  }
  const bool is_valid = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; }) &&
                        text.find('#') == std::string_view::npos;
  if (!is_valid) {
    refuse(whole, "its path has a character that must be quoted, such as %20 for a space");
  }
  return text.front() == '/' ? std::string(text) : "/" + std::string(text);
}

}  // namespace

Endpoint parse_endpoint(std::string_view host, std::uint16_t port, bool has_tls) {
  std::string_view rest = host;
  const auto* scheme = kSchemes.begin();
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    const std::string_view text = rest.substr(0, colon + 3);
    scheme = std::ranges::find(kSchemes, text, &Scheme::text);
    if (scheme == kSchemes.end()) {
      refuse(host, "it begins with " + std::string(text));
    }
    rest.remove_prefix(text.size());
  }
  if (has_tls && !scheme->has_tls) {
    ++scheme;
  }
  Endpoint endpoint{.has_tls = scheme->has_tls};
  if (scheme->has_path) {
    const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
    endpoint.path = path_of(host, rest.substr(path));
    rest = rest.substr(0, path);
  } else if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  if (rest.find_first_of("/?#@") != std::string_view::npos) {
    refuse(host, "it has a path or a user name");
  }
  const std::size_t colon = port_colon(rest);
  endpoint.host = rest.substr(0, colon);
  if (endpoint.host.empty()) {
    refuse(host, "there is no name");
  }
  if (colon != std::string_view::npos) {
    endpoint.port = parse_port(host, rest.substr(colon + 1));
  } else {
    endpoint.port = port != 0 ? port : scheme->port;
  }
  return endpoint;
}

std::string authority_of(const Endpoint& endpoint) {
  const bool is_bare_ip6 =
      endpoint.host.find(':') != std::string::npos && !endpoint.host.starts_with('[');
  std::string text = is_bare_ip6 ? "[" + endpoint.host + "]" : endpoint.host;
  if (endpoint.port != (endpoint.has_tls ? 443 : 80)) {
    text += ":" + std::to_string(endpoint.port);
  }
  return text;
}

}  // namespace cppworker::mqtt
