#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <cppworker/mqtt_client.hpp>

namespace cppworker::mqtt::golden {

/// A packet that npm's mqtt-packet has made; see record_mqtt.js.
struct Packet {
  std::string name;
  MqttProtocol protocol{};
  std::string bytes;
  nlohmann::json fields;  ///< of a broker's packet
};

/// @param from "client" or "broker"
[[nodiscard]] std::vector<Packet> packets(std::string_view from);

}  // namespace cppworker::mqtt::golden
