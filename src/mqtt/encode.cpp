#include "mqtt/encode.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/check.hpp"
#include "mqtt/bytes.hpp"
#include "mqtt/properties.hpp"

namespace cppworker::mqtt {

namespace {

/// Bytes whose number is written before them. All packets of a thread use the same memory.
std::string& scratch(std::size_t level) {
  static thread_local std::string buffers[3];  // NOLINT(cppcoreguidelines-avoid-c-arrays)
  std::string& buffer = buffers[level];
  buffer.clear();
  return buffer;
}

void put_packet(std::string& to, PacketType type, unsigned flags, std::string_view body) {
  if (body.size() > kVarintMax) {
    throw std::invalid_argument("MQTT: a packet of " + std::to_string(body.size()) +
                                " bytes is too large; the limit is " + std::to_string(kVarintMax));
  }
  put_byte(to, static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4U | flags));
  put_varint(to, body.size());
  to.append(body);
}

void put_sized(std::string& to, std::string_view properties) {
  put_varint(to, properties.size());
  to.append(properties);
}

void put_message_properties(std::string& to, const MqttProperties& properties) {
  if (properties.payload_is_text) {
    put_property(to, PropertyId::kPayloadFormat, 1);
  }
  if (properties.message_expiry) {
    put_property(to, PropertyId::kMessageExpiry, *properties.message_expiry);
  }
  if (!properties.content_type.empty()) {
    put_property(to, PropertyId::kContentType, properties.content_type);
  }
  if (!properties.response_topic.empty()) {
    put_property(to, PropertyId::kResponseTopic, properties.response_topic);
  }
  if (!properties.correlation_data.empty()) {
    put_property(to, PropertyId::kCorrelationData, properties.correlation_data);
  }
  for (const auto& [name, value] : properties.user) {
    put_user_property(to, name, value);
  }
}

bool has_properties(const MqttProperties& properties) {
  return properties.payload_is_text || properties.message_expiry ||
         !properties.content_type.empty() || !properties.response_topic.empty() ||
         !properties.correlation_data.empty() || !properties.user.empty();
}

void check_topic(std::string_view topic, std::string_view what) {
  if (topic.empty()) {
    throw std::invalid_argument("MQTT: the " + std::string(what) + " is empty");
  }
  if (topic.find_first_of("+#") != std::string_view::npos) {
    throw std::invalid_argument("MQTT: the " + std::string(what) + " '" + std::string(topic) +
                                "' has a wildcard (+ or #). Only a subscription can have one.");
  }
}

/// Whole seconds, at most `max`.
std::uint32_t whole_seconds(Seconds seconds, double max) {
  const double rounded = std::ceil(seconds.count());
  return static_cast<std::uint32_t>(rounded < 0 ? 0 : std::min(rounded, max));
}

constexpr double kTwoBytesMax = 65'535;
constexpr double kFourBytesMax = 4'294'967'295;

void put_will(std::string& body, MqttProtocol protocol, const MqttWill& will) {
  if (protocol == MqttProtocol::kV5) {
    std::string properties;
    if (will.delay > Seconds::zero()) {
      put_property(properties, PropertyId::kWillDelay, whole_seconds(will.delay, kFourBytesMax));
    }
    put_message_properties(properties, will.properties);
    put_sized(body, properties);
  }
  put_text(body, will.topic, "topic of the will");
  put_text(body, will.payload, "payload of the will");
}

void put_connect_properties(std::string& body, const MqttConnect& options) {
  std::string properties;
  if (options.session_expiry > Seconds::zero()) {
    put_property(properties, PropertyId::kSessionExpiry,
                 whole_seconds(options.session_expiry, kFourBytesMax));
  }
  if (options.receive_maximum != 0) {
    put_property(properties, PropertyId::kReceiveMaximum, options.receive_maximum);
  }
  if (options.max_packet_size < kVarintMax) {
    put_property(properties, PropertyId::kMaximumPacketSize,
                 static_cast<std::uint32_t>(options.max_packet_size));
  }
  for (const auto& [name, value] : options.properties) {
    put_user_property(properties, name, value);
  }
  put_sized(body, properties);
}

unsigned connect_flags(const MqttSettings& settings, const MqttConnect& options) {
  unsigned flags = options.clean_start ? 0x02U : 0U;
  if (options.will) {
    check_qos(options.will->qos);
    check_topic(options.will->topic, "topic of the will");
    flags |= 0x04U | static_cast<unsigned>(options.will->qos) << 3U;
    flags |= options.will->retain ? 0x20U : 0U;
  }
  flags |= settings.password.empty() ? 0U : 0x40U;
  flags |= settings.username.empty() ? 0U : 0x80U;
  if (settings.protocol == MqttProtocol::kV311 && !settings.password.empty() &&
      settings.username.empty()) {
    throw std::invalid_argument("MQTT 3.1.1: a .password needs a .username");
  }
  return flags;
}

}  // namespace

void check_qos(int qos) {
  if (qos < 0 || qos > 2) {
    throw std::invalid_argument("MQTT: .qos is " + std::to_string(qos) + "; use 0, 1 or 2");
  }
}

void put_connect(std::string& to, const MqttSettings& settings, const MqttConnect& options) {
  std::string& body = scratch(0);
  put_text(body, "MQTT", "protocol");
  put_byte(body, static_cast<std::uint8_t>(settings.protocol));
  put_byte(body, static_cast<std::uint8_t>(connect_flags(settings, options)));
  put_two_bytes(body, static_cast<std::uint16_t>(whole_seconds(settings.keepalive, kTwoBytesMax)));
  if (settings.protocol == MqttProtocol::kV5) {
    put_connect_properties(body, options);
  }
  put_text(body, settings.client_id, "client_id");
  if (options.will) {
    put_will(body, settings.protocol, *options.will);
  }
  if (!settings.username.empty()) {
    put_text(body, settings.username, "username");
  }
  if (!settings.password.empty()) {
    put_text(body, settings.password, "password");
  }
  put_packet(to, PacketType::kConnect, 0, body);
}

void check_publish(MqttProtocol protocol, const Outgoing& message) {
  check_qos(message.qos);
  check_topic(message.topic, "topic");
  check_size(message.topic, "topic");
  if (protocol == MqttProtocol::kV311 && message.properties != nullptr &&
      has_properties(*message.properties)) {
    throw std::invalid_argument(
        "MQTT 3.1.1 messages have no properties. Set `protocol = MqttProtocol::kV5`.");
  }
}

void put_publish(std::string& to, MqttProtocol protocol, std::uint16_t id,
                 const Outgoing& message) {
  check_publish(protocol, message);
  DCHECK((id == 0) == (message.qos == 0));
  std::string& head = scratch(0);
  put_text(head, message.topic, "topic");
  if (message.qos != 0) {
    put_two_bytes(head, id);
  }
  if (protocol == MqttProtocol::kV5) {
    std::string& properties = scratch(1);
    if (message.properties != nullptr) {
      put_message_properties(properties, *message.properties);
    }
    put_sized(head, properties);
  }
  const std::size_t size = head.size() + message.stamp.size() + message.payload.size();
  if (size > kVarintMax) {
    throw std::invalid_argument("MQTT: a message of " + std::to_string(size) +
                                " bytes is too large; the limit is " + std::to_string(kVarintMax));
  }
  put_byte(to, static_cast<std::uint8_t>(static_cast<unsigned>(PacketType::kPublish) << 4U |
                                         static_cast<unsigned>(message.qos) << 1U |
                                         (message.retain ? 1U : 0U)));
  put_varint(to, size);
  to.append(head).append(message.stamp).append(message.payload);
}

void replace_stamp(std::string& packet, const Outgoing& message, std::string_view stamp) {
  DCHECK(stamp.size() == message.stamp.size());
  DCHECK(packet.size() > stamp.size() + message.payload.size());
  packet.replace(packet.size() - message.payload.size() - stamp.size(), stamp.size(), stamp);
}

void set_duplicate(std::string& packet) {
  DCHECK(!packet.empty() && (static_cast<unsigned char>(packet[0]) >> 4U) == 3);
  packet[0] = static_cast<char>(static_cast<unsigned char>(packet[0]) | 0x08U);
}

void put_ack(std::string& to, PacketType type, std::uint16_t id) {
  put_byte(to, static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4U |
                                         (type == PacketType::kPubrel ? 2U : 0U)));
  put_byte(to, 2);
  put_two_bytes(to, id);
}

void check_subscribe(MqttProtocol protocol, std::string_view filter, const MqttSubscribe& options) {
  check_qos(options.qos);
  if (filter.empty()) {
    throw std::invalid_argument("MQTT: the topic filter is empty");
  }
  check_size(filter, "topic filter");
  if (protocol == MqttProtocol::kV311 && (options.no_local || options.retain_as_published)) {
    throw std::invalid_argument(
        "MQTT 3.1.1 has neither .no_local nor .retain_as_published. Set `protocol = "
        "MqttProtocol::kV5`.");
  }
}

void put_subscribe(std::string& to, MqttProtocol protocol, std::uint16_t id,
                   std::string_view filter, const MqttSubscribe& options) {
  check_subscribe(protocol, filter, options);
  std::string& body = scratch(0);
  put_two_bytes(body, id);
  auto flags = static_cast<unsigned>(options.qos);
  if (protocol == MqttProtocol::kV5) {
    put_varint(body, 0);
    flags |= (options.no_local ? 0x04U : 0U) | (options.retain_as_published ? 0x08U : 0U);
  }
  put_text(body, filter, "topic filter");
  put_byte(body, static_cast<std::uint8_t>(flags));
  put_packet(to, PacketType::kSubscribe, 2, body);
}

void put_unsubscribe(std::string& to, MqttProtocol protocol, std::uint16_t id,
                     std::string_view filter) {
  std::string& body = scratch(0);
  put_two_bytes(body, id);
  if (protocol == MqttProtocol::kV5) {
    put_varint(body, 0);
  }
  put_text(body, filter, "topic filter");
  put_packet(to, PacketType::kUnsubscribe, 2, body);
}

void put_pingreq(std::string& to) { put_packet(to, PacketType::kPingreq, 0, {}); }

void put_disconnect(std::string& to, MqttProtocol protocol, std::uint8_t reason) {
  if (protocol == MqttProtocol::kV5 && reason != 0) {
    const char byte = static_cast<char>(reason);
    put_packet(to, PacketType::kDisconnect, 0, {&byte, 1});
  } else {
    put_packet(to, PacketType::kDisconnect, 0, {});
  }
}

}  // namespace cppworker::mqtt
