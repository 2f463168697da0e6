#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::mqtt {

/// Where the broker is.
struct Endpoint {
  std::string host{};  ///< a name or an address, as net::Destination
  std::uint16_t port = 0;
  bool has_tls = false;
};

/// Reads "broker", "10.0.0.1:1883", "[::1]:1883", "mqtt://broker", "mqtts://broker:8883". Throws
/// Error for other texts.
/// @param port used if the host has none; 0: the port of the protocol
/// @param has_tls of a host without "mqtts://"
[[nodiscard]] Endpoint parse_endpoint(std::string_view host, std::uint16_t port, bool has_tls);

}  // namespace cppworker::mqtt
