#include "mqtt/decode.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mqtt/bytes.hpp"
#include "mqtt/properties.hpp"

namespace cppworker::mqtt {

namespace {

ByteReader reader_of(const Frame& frame) { return {frame.body, packet_name(frame.type)}; }

void expect_flags(const Frame& frame, const ByteReader& reader, std::uint8_t flags) {
  if (frame.flags != flags) {
    reader.fail("the lower bits of the first byte are " + std::to_string(frame.flags) +
                " instead of " + std::to_string(flags));
  }
}

void expect_end(const ByteReader& reader) {
  if (!reader.empty()) {
    reader.fail(std::to_string(reader.size()) + " bytes follow the last field");
  }
}

std::uint16_t packet_id(ByteReader& reader) {
  const std::uint16_t id = reader.two_bytes();
  if (id == 0) {
    reader.fail("the packet identifier is 0");
  }
  return id;
}

/// Checks properties that the client does not use.
void skip_properties(ByteReader& reader, PacketType type) {
  PropertyReader properties(reader, type);
  while (properties.next()) {
  }
}

void take(Connack& connack, const Property& property) {
  switch (property.id) {
    case PropertyId::kAssignedClientId:
      connack.assigned_client_id = property.text;
      break;
    case PropertyId::kReceiveMaximum:
      connack.receive_maximum = static_cast<std::uint16_t>(property.number);
      break;
    case PropertyId::kServerKeepAlive:
      connack.keepalive = static_cast<std::uint16_t>(property.number);
      break;
    case PropertyId::kMaximumQos:
      connack.maximum_qos = static_cast<std::uint8_t>(property.number);
      break;
    case PropertyId::kMaximumPacketSize:
      connack.maximum_packet_size = property.number;
      break;
    default:
      break;
  }
}

}  // namespace

Connack decode_connack(const Frame& frame, MqttProtocol protocol) {
  ByteReader reader = reader_of(frame);
  expect_flags(frame, reader, 0);
  const std::uint8_t flags = reader.byte();
  if (flags > 1) {
    reader.fail("reserved flags are set");
  }
  Connack connack{.session_present = flags == 1, .reason = reader.byte()};
  // A broker that does not support MQTT 5 answers with a packet of MQTT 3.1.1.
  if (protocol == MqttProtocol::kV5 && !reader.empty()) {
    PropertyReader properties(reader, PacketType::kConnack);
    while (const auto property = properties.next()) {
      take(connack, *property);
    }
  }
  expect_end(reader);
  if (connack.session_present && connack.reason != 0) {
    reader.fail("a refused connection has a session");
  }
  return connack;
}

Incoming decode_publish(const Frame& frame, MqttProtocol protocol) {
  ByteReader reader = reader_of(frame);
  Incoming message{.qos = static_cast<std::uint8_t>((frame.flags >> 1U) & 3U),
                   .retain = (frame.flags & 1U) != 0,
                   .duplicate = (frame.flags & 8U) != 0};
  if (message.qos == 3) {
    reader.fail("the QoS is 3");
  }
  message.topic = reader.text();
  if (message.topic.empty()) {
    // The client allows no topic aliases.
    reader.fail("the topic is empty");
  }
  if (message.topic.find_first_of("+#") != std::string_view::npos) {
    reader.fail("the topic has a wildcard");
  }
  if (message.qos != 0) {
    message.id = packet_id(reader);
  }
  if (protocol == MqttProtocol::kV5) {
    PropertyReader properties(reader, PacketType::kPublish);
    message.properties = properties.bytes();
    while (const auto property = properties.next()) {
      if (property->id == PropertyId::kTopicAlias) {
        reader.fail("a topic alias, which the client does not allow");
      }
    }
  }
  message.payload = reader.rest();
  return message;
}

void decode_properties(std::string_view bytes, MqttProperties& to) {
  to = {};
  PropertyReader properties(bytes, PacketType::kPublish);
  while (const auto property = properties.next()) {
    switch (property->id) {
      case PropertyId::kPayloadFormat:
        to.payload_is_text = property->number == 1;
        break;
      case PropertyId::kMessageExpiry:
        to.message_expiry = property->number;
        break;
      case PropertyId::kContentType:
        to.content_type = property->text;
        break;
      case PropertyId::kResponseTopic:
        to.response_topic = property->text;
        break;
      case PropertyId::kCorrelationData:
        to.correlation_data = property->text;
        break;
      case PropertyId::kUserProperty:
        to.user.emplace_back(property->text, property->value);
        break;
      default:
        break;
    }
  }
}

Ack decode_ack(const Frame& frame, MqttProtocol protocol) {
  ByteReader reader = reader_of(frame);
  expect_flags(frame, reader, frame.type == PacketType::kPubrel ? 2 : 0);
  Ack ack{.id = packet_id(reader)};
  if (protocol == MqttProtocol::kV5 && !reader.empty()) {
    ack.reason = reader.byte();
    if (!reader.empty()) {
      skip_properties(reader, frame.type);
    }
  }
  expect_end(reader);
  return ack;
}

SubscriptionAck decode_subscription_ack(const Frame& frame, MqttProtocol protocol) {
  ByteReader reader = reader_of(frame);
  expect_flags(frame, reader, 0);
  SubscriptionAck ack{.id = packet_id(reader)};
  if (protocol == MqttProtocol::kV5) {
    skip_properties(reader, frame.type);
  }
  ack.reasons = reader.rest();
  if (ack.reasons.empty() && (frame.type == PacketType::kSuback || protocol == MqttProtocol::kV5)) {
    reader.fail("no reason codes");
  }
  return ack;
}

void check_pingresp(const Frame& frame) {
  const ByteReader reader = reader_of(frame);
  expect_flags(frame, reader, 0);
  expect_end(reader);
}

std::uint8_t decode_disconnect(const Frame& frame, MqttProtocol protocol) {
  ByteReader reader = reader_of(frame);
  expect_flags(frame, reader, 0);
  std::uint8_t reason = 0;
  if (protocol == MqttProtocol::kV5 && !reader.empty()) {
    reason = reader.byte();
    if (!reader.empty()) {
      skip_properties(reader, PacketType::kDisconnect);
    }
  }
  expect_end(reader);
  return reason;
}

std::string reason_text(std::uint8_t reason) {
  static constexpr std::array<std::pair<std::uint8_t, std::string_view>, 43> kTexts{{
      {0, "Success"},
      {1, "Granted QoS 1"},
      {2, "Granted QoS 2"},
      {4, "Disconnect with will message"},
      {16, "No matching subscribers"},
      {17, "No subscription found"},
      {24, "Continue authentication"},
      {25, "Re-authenticate"},
      {128, "Unspecified error"},
      {129, "Malformed packet"},
      {130, "Protocol error"},
      {131, "Implementation specific error"},
      {132, "Unsupported protocol version"},
      {133, "Client identifier not valid"},
      {134, "Bad user name or password"},
      {135, "Not authorized"},
      {136, "Server unavailable"},
      {137, "Server busy"},
      {138, "Banned"},
      {139, "Server shutting down"},
      {140, "Bad authentication method"},
      {141, "Keep alive timeout"},
      {142, "Session taken over"},
      {143, "Topic filter invalid"},
      {144, "Topic name invalid"},
      {145, "Packet identifier in use"},
      {146, "Packet identifier not found"},
      {147, "Receive maximum exceeded"},
      {148, "Topic alias invalid"},
      {149, "Packet too large"},
      {150, "Message rate too high"},
      {151, "Quota exceeded"},
      {152, "Administrative action"},
      {153, "Payload format invalid"},
      {154, "Retain not supported"},
      {155, "QoS not supported"},
      {156, "Use another server"},
      {157, "Server moved"},
      {158, "Shared subscription not supported"},
      {159, "Connection rate exceeded"},
      {160, "Maximum connect time"},
      {161, "Subscription identifiers not supported"},
      {162, "Wildcard subscription not supported"},
  }};
  const auto* found =
      std::find_if(kTexts.begin(), kTexts.end(), [&](const auto& t) { return t.first == reason; });
  return found == kTexts.end() ? "reason code " + std::to_string(reason)
                               : std::string(found->second);
}

}  // namespace cppworker::mqtt
