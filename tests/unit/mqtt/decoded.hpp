#pragma once

#include <nlohmann/json.hpp>

#include "mqtt/decode.hpp"

namespace cppworker::mqtt {

/// The fields of a broker's packet, as in mqtt_packets.json. Throws MalformedPacket.
[[nodiscard]] nlohmann::json decoded(const Frame& frame, MqttProtocol protocol);

}  // namespace cppworker::mqtt
