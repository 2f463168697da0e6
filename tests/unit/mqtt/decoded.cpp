#include "unit/mqtt/decoded.hpp"

namespace cppworker::mqtt {

namespace {

using Json = nlohmann::json;

Json decoded_connack(const Frame& frame, MqttProtocol protocol) {
  const Connack connack = decode_connack(frame, protocol);
  Json json{{"session_present", connack.session_present}, {"reason", connack.reason}};
  if (!connack.assigned_client_id.empty()) json["assigned_client_id"] = connack.assigned_client_id;
  if (connack.receive_maximum != 65'535) json["receive_maximum"] = connack.receive_maximum;
  if (connack.keepalive) json["keepalive"] = *connack.keepalive;
  if (connack.maximum_qos != 2) json["maximum_qos"] = connack.maximum_qos;
  if (connack.maximum_packet_size != UINT32_MAX) {
    json["maximum_packet_size"] = connack.maximum_packet_size;
  }
  return json;
}

Json decoded_publish(const Frame& frame, MqttProtocol protocol) {
  const Incoming message = decode_publish(frame, protocol);
  Json json{{"topic", message.topic}, {"payload", message.payload},
            {"qos", message.qos},     {"retain", message.retain},
            {"id", message.id},       {"duplicate", message.duplicate}};
  if (message.properties.empty()) return json;
  MqttProperties properties;
  decode_properties(message.properties, properties);
  Json& to = json["properties"];
  to["payload_is_text"] = properties.payload_is_text;
  to["message_expiry"] = properties.message_expiry.value_or(0);
  to["content_type"] = properties.content_type;
  to["response_topic"] = properties.response_topic;
  to["correlation_data"] = properties.correlation_data;
  to["user"] = properties.user;
  return json;
}

}  // namespace

Json decoded(const Frame& frame, MqttProtocol protocol) {
  switch (frame.type) {
    case PacketType::kConnack:
      return decoded_connack(frame, protocol);
    case PacketType::kPublish:
      return decoded_publish(frame, protocol);
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp: {
      const Ack ack = decode_ack(frame, protocol);
      return {{"id", ack.id}, {"reason", ack.reason}};
    }
    case PacketType::kSuback:
    case PacketType::kUnsuback: {
      const SubscriptionAck ack = decode_subscription_ack(frame, protocol);
      Json reasons = Json::array();
      for (const char reason : ack.reasons) reasons.push_back(static_cast<unsigned char>(reason));
      return {{"id", ack.id}, {"reasons", reasons}};
    }
    case PacketType::kPingresp:
      check_pingresp(frame);
      return Json::object();
    case PacketType::kDisconnect:
      return {{"reason", decode_disconnect(frame, protocol)}};
    default:
      return "a packet that only clients send";
  }
}

}  // namespace cppworker::mqtt
