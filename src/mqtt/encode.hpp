#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <cppworker/mqtt_client.hpp>

#include "mqtt/frame_reader.hpp"

namespace cppworker::mqtt {

// The packets of a client. Each function appends one packet to `to`. They throw
// std::invalid_argument if a field is too long or has an impossible value; then `to` is unchanged.

/// The texts of the settings are used, not those of the options.
void put_connect(std::string& to, const MqttSettings& settings, const MqttConnect& options);

/// A message to send.
struct Outgoing {
  std::string_view topic{};
  std::string_view stamp{};  ///< the beginning of the payload
  std::string_view payload{};
  std::uint8_t qos = 0;
  bool retain = false;
  const MqttProperties* properties = nullptr;  ///< MQTT 5 only; null: none
};
/// Throws std::invalid_argument unless it is 0, 1 or 2.
void check_qos(int qos);
/// Throws std::invalid_argument if put_publish() would.
void check_publish(MqttProtocol protocol, const Outgoing& message);
/// @param id 0 with QoS 0
void put_publish(std::string& to, MqttProtocol protocol, std::uint16_t id, const Outgoing& message);
/// Replaces the stamp of a PUBLISH packet. @pre `packet` was made by put_publish() from `message`;
/// `stamp` has the size of its stamp
void replace_stamp(std::string& packet, const Outgoing& message, std::string_view stamp);
/// Marks a PUBLISH packet as one that is sent again. @pre `packet` was made by put_publish()
void set_duplicate(std::string& packet);

/// PUBACK, PUBREC, PUBREL or PUBCOMP with reason code 0.
void put_ack(std::string& to, PacketType type, std::uint16_t id);

/// Throws std::invalid_argument if put_subscribe() would.
void check_subscribe(MqttProtocol protocol, std::string_view filter, const MqttSubscribe& options);
void put_subscribe(std::string& to, MqttProtocol protocol, std::uint16_t id,
                   std::string_view filter, const MqttSubscribe& options);
void put_unsubscribe(std::string& to, MqttProtocol protocol, std::uint16_t id,
                     std::string_view filter);
void put_pingreq(std::string& to);
/// @param reason MQTT 5 only
void put_disconnect(std::string& to, MqttProtocol protocol, std::uint8_t reason);

}  // namespace cppworker::mqtt
