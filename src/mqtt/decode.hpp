#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/mqtt_client.hpp>

#include "mqtt/frame_reader.hpp"

namespace cppworker::mqtt {

// The packets of a broker. The functions throw MalformedPacket. Views are valid as long as the
// frame.

struct Connack {
  bool session_present = false;
  std::uint8_t reason = 0;                ///< MQTT 3.1.1: the return code
  std::string_view assigned_client_id{};  ///< "": none
  std::uint16_t receive_maximum = 65'535;
  std::optional<std::uint16_t> keepalive{};  ///< seconds, instead of the client's
  std::uint8_t maximum_qos = 2;
  std::uint32_t maximum_packet_size = UINT32_MAX;
};
[[nodiscard]] Connack decode_connack(const Frame& frame, MqttProtocol protocol);

struct Incoming {
  std::string_view topic{};
  std::string_view payload{};
  std::uint16_t id = 0;  ///< 0 with QoS 0
  std::uint8_t qos = 0;
  bool retain = false;
  bool duplicate = false;
  std::string_view properties{};  ///< encoded and checked
};
[[nodiscard]] Incoming decode_publish(const Frame& frame, MqttProtocol protocol);
/// @param properties of an Incoming
void decode_properties(std::string_view properties, MqttProperties& to);

/// PUBACK, PUBREC, PUBREL, PUBCOMP.
struct Ack {
  std::uint16_t id = 0;
  std::uint8_t reason = 0;
};
[[nodiscard]] Ack decode_ack(const Frame& frame, MqttProtocol protocol);

/// SUBACK and UNSUBACK.
struct SubscriptionAck {
  std::uint16_t id = 0;
  std::string_view reasons{};  ///< a byte for each topic filter; none for UNSUBACK of MQTT 3.1.1
};
[[nodiscard]] SubscriptionAck decode_subscription_ack(const Frame& frame, MqttProtocol protocol);

/// PINGRESP.
void check_pingresp(const Frame& frame);

/// The reason code of a DISCONNECT, which only MQTT 5 brokers send.
[[nodiscard]] std::uint8_t decode_disconnect(const Frame& frame, MqttProtocol protocol);

/// "Not authorized": paho's name of a reason code of MQTT 5.
[[nodiscard]] std::string reason_text(std::uint8_t reason);

}  // namespace cppworker::mqtt
