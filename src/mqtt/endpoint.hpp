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
  std::string path{};  ///< of the WebSocket, with the query; "": MQTT over TCP
};

/// Reads "broker", "10.0.0.1:1883", "[::1]:1883", "mqtt://broker", "mqtts://broker:8883",
/// "ws://broker:8080/mqtt", "wss://broker". Throws Error for other texts.
/// @param port used if the host has none; 0: the port of the protocol
/// @param has_tls also without "mqtts://" and "wss://"
[[nodiscard]] Endpoint parse_endpoint(std::string_view host, std::uint16_t port, bool has_tls);

/// The header Host of its WebSocket: "broker", "[::1]:9001".
[[nodiscard]] std::string authority_of(const Endpoint& endpoint);

}  // namespace cppworker::mqtt
