// The packets against those of npm's mqtt-packet.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/encode.hpp"
#include "unit/mqtt/decoded.hpp"
#include "unit/mqtt/golden.hpp"

namespace cppworker::mqtt {
namespace {

using testing::HasSubstr;
using Make = std::function<void(std::string& to, MqttProtocol protocol)>;

MqttSettings device(MqttProtocol protocol) {
  return {.client_id = "device-1", .protocol = protocol};
}

void put_full_connect(std::string& to, MqttProtocol protocol) {
  MqttSettings settings = device(protocol);
  settings.keepalive = Seconds{30};
  settings.username = "ann";
  settings.password = "secret";
  MqttConnect options{.clean_start = false};
  options.will = MqttWill{.topic = "dead/1", .payload = "gone", .qos = 1, .retain = true};
  if (protocol == MqttProtocol::kV5) {
    options.session_expiry = Seconds{3600};
    options.receive_maximum = 20;
    options.max_packet_size = 1000;
    options.properties = {{"site", "A"}};
    options.will =
        MqttWill{.topic = "dead/1",
                 .payload = "gone",
                 .qos = 2,
                 .delay = Seconds{5},
                 .properties = {
                     .payload_is_text = true, .message_expiry = 60, .content_type = "text/plain"}};
  }
  put_connect(to, settings, options);
}

const std::string kLong(300, 'x');

Make publish(std::uint16_t id, Outgoing message) {
  return [=](std::string& to, MqttProtocol protocol) { put_publish(to, protocol, id, message); };
}

Make acknowledge(PacketType type) {
  return [=](std::string& to, MqttProtocol) { put_ack(to, type, 7); };
}

/// How our client makes the packets of mqtt_packets.json.
std::map<std::string, Make> makers() {
  static const MqttProperties properties{.payload_is_text = true,
                                         .message_expiry = 60,
                                         .content_type = "text/plain",
                                         .response_topic = "answers",
                                         .correlation_data = std::string("\0\1\2", 3),
                                         .user = {{"a", "b"}}};
  return {
      {"connect", [](std::string& to, MqttProtocol p) { put_connect(to, device(p), {}); }},
      {"connect_full", put_full_connect},
      {"publish_0", publish(0, {.topic = "a/b", .payload = "hello"})},
      {"publish_1", publish(300, {.topic = "a/b", .payload = kLong, .qos = 1, .retain = true})},
      {"publish_2", publish(65535, {.topic = "ü", .qos = 2})},
      {"publish_properties",
       publish(7, {.topic = "a/b", .payload = "hello", .qos = 1, .properties = &properties})},
      {"publish_again",
       [](std::string& to, MqttProtocol p) {
         std::string packet;
         put_publish(packet, p, 7, {.topic = "a/b", .payload = "hello", .qos = 1});
         set_duplicate(packet);
         to += packet;
       }},
      {"puback", acknowledge(PacketType::kPuback)},
      {"pubrec", acknowledge(PacketType::kPubrec)},
      {"pubrel", acknowledge(PacketType::kPubrel)},
      {"pubcomp", acknowledge(PacketType::kPubcomp)},
      {"subscribe",
       [](std::string& to, MqttProtocol p) {
         const bool v5 = p == MqttProtocol::kV5;
         put_subscribe(to, p, 7, "cmd/#",
                       {.qos = v5 ? 2 : 1, .no_local = v5, .retain_as_published = v5});
       }},
      {"unsubscribe", [](std::string& to, MqttProtocol p) { put_unsubscribe(to, p, 7, "cmd/#"); }},
      {"pingreq", [](std::string& to, MqttProtocol) { put_pingreq(to); }},
      {"disconnect", [](std::string& to, MqttProtocol p) { put_disconnect(to, p, 0); }},
      {"disconnect_with_will", [](std::string& to, MqttProtocol p) { put_disconnect(to, p, 4); }},
  };
}

/// A reason code without properties may be left out, or the properties' length: mqtt-packet writes
/// both.
bool may_be_shorter(const golden::Packet& packet) {
  return packet.protocol == MqttProtocol::kV5 &&
         (packet.name == "puback" || packet.name.starts_with("disconnect"));
}

nlohmann::json decoded_packet(std::string_view bytes, MqttProtocol protocol) {
  nlohmann::json fields;
  FrameReader().feed(bytes, [&](const Frame& frame) {
    fields = decoded(frame, protocol);
    return true;
  });
  return fields;
}

TEST(MqttCodec, EncodesAsMqttPacketDoes) {
  const auto make = makers();
  const auto packets = golden::packets("client");
  ASSERT_GT(packets.size(), 20U);
  for (const golden::Packet& packet : packets) {
    ASSERT_TRUE(make.contains(packet.name)) << packet.name;
    std::string bytes = "before";
    make.at(packet.name)(bytes, packet.protocol);
    ASSERT_TRUE(bytes.starts_with("before"));
    bytes.erase(0, 6);
    if (may_be_shorter(packet)) {
      EXPECT_LT(bytes.size(), packet.bytes.size());
      EXPECT_EQ(decoded_packet(bytes, packet.protocol),
                decoded_packet(packet.bytes, packet.protocol));
      continue;
    }
    EXPECT_EQ(bytes, packet.bytes)
        << packet.name << " of version " << static_cast<int>(packet.protocol);
  }
}

/// Reads one packet that comes in pieces.
nlohmann::json read_in_pieces(const golden::Packet& packet, const std::vector<std::size_t>& ends) {
  FrameReader reader;
  nlohmann::json result;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    // An exact copy, so that the sanitizers detect reads beyond it.
    const std::vector<char> piece(packet.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                  packet.bytes.begin() + static_cast<std::ptrdiff_t>(end));
    reader.feed({piece.data(), piece.size()}, [&](const Frame& frame) {
      EXPECT_TRUE(result.is_null());
      result = decoded(frame, packet.protocol);
      return true;
    });
    begin = end;
  }
  EXPECT_FALSE(reader.has_partial());
  return result;
}

TEST(MqttCodec, DecodesAsMqttPacketHasEncoded) {
  const auto packets = golden::packets("broker");
  ASSERT_GT(packets.size(), 20U);
  for (const golden::Packet& packet : packets) {
    EXPECT_EQ(read_in_pieces(packet, {packet.bytes.size()}), packet.fields) << packet.name;
  }
}

TEST(MqttCodec, ReadsEverySplitOfEveryPacket) {
  for (const golden::Packet& packet : golden::packets("broker")) {
    const std::size_t size = packet.bytes.size();
    for (std::size_t first = 1; first < size; ++first) {
      EXPECT_EQ(read_in_pieces(packet, {first, size}), packet.fields) << packet.name << first;
      if (first + 1 < size) {
        EXPECT_EQ(read_in_pieces(packet, {first, first + 1, size}), packet.fields) << packet.name;
      }
    }
    std::vector<std::size_t> bytewise;
    for (std::size_t end = 1; end <= size; ++end) bytewise.push_back(end);
    EXPECT_EQ(read_in_pieces(packet, bytewise), packet.fields) << packet.name;
  }
}

TEST(MqttCodec, ReadsSeveralPacketsOfOnePiece) {
  std::string all;
  std::vector<PacketType> expected;
  for (const golden::Packet& packet : golden::packets("broker")) {
    all += packet.bytes;
    expected.push_back(static_cast<PacketType>(static_cast<unsigned char>(packet.bytes[0]) >> 4U));
  }
  for (std::size_t cut = 0; cut <= all.size(); cut += 7) {
    std::vector<PacketType> types;
    FrameReader reader;
    const auto take = [&](const Frame& frame) {
      types.push_back(frame.type);
      return true;
    };
    reader.feed(all.substr(0, cut), take);
    reader.feed(all.substr(cut), take);
    EXPECT_EQ(types, expected) << cut;
  }
}

TEST(MqttCodec, StopsWhenItIsToldTo) {
  std::string two;
  put_pingreq(two);
  put_pingreq(two);
  FrameReader reader;
  int count = 0;
  reader.feed(two, [&](const Frame&) { return ++count > 1; });
  EXPECT_EQ(count, 1);
}

/// The error of a broker's packet, or "".
std::string error_of(std::string_view bytes, MqttProtocol protocol = MqttProtocol::kV5,
                     std::size_t packet_max = kVarintMax) {
  FrameReader reader(packet_max);
  try {
    reader.feed(bytes, [&](const Frame& frame) {
      static_cast<void>(decoded(frame, protocol));
      return true;
    });
    return "";
  } catch (const MalformedPacket& error) {
    return error.what();
  }
}

template <std::size_t kSize>
std::string_view bytes_of(const char (&literal)[kSize]) {  // NOLINT: with null characters
  return {literal, kSize - 1};
}

TEST(MqttCodec, ErrorsSayWhatIsWrong) {
  const MqttProtocol v311 = MqttProtocol::kV311;
  EXPECT_EQ(error_of("\x30\xFF\xFF\xFF\xFF\x01"),
            "PUBLISH: the packet's length has more than 4 bytes");
  EXPECT_EQ(error_of("\x30\x0A", v311, 11),
            "PUBLISH: the packet has 12 bytes; max_packet_size is 11");
  EXPECT_EQ(error_of(bytes_of("\x30\x03\x00\x05x"), v311),
            "PUBLISH: the packet ends within a field");
  EXPECT_EQ(error_of(bytes_of("\x36\x05\x00\x01x\x00\x01"), v311), "PUBLISH: the QoS is 3");
  EXPECT_EQ(error_of(bytes_of("\x32\x05\x00\x01x\x00\x00"), v311),
            "PUBLISH: the packet identifier is 0");
  EXPECT_EQ(error_of(bytes_of("\x30\x02\x00\x00"), v311), "PUBLISH: the topic is empty");
  EXPECT_EQ(error_of(bytes_of("\x30\x03\x00\x01#"), v311), "PUBLISH: the topic has a wildcard");
  EXPECT_EQ(error_of(bytes_of("\x30\x03\x00\x01\xFF"), v311),
            "PUBLISH: a text is not valid UTF-8 or contains a null character");
  EXPECT_EQ(error_of(bytes_of("\x40\x03\x00\x07\x00"), v311),
            "PUBACK: 1 bytes follow the last field");
  EXPECT_EQ(error_of(bytes_of("\x60\x02\x00\x07"), v311),
            "PUBREL: the lower bits of the first byte are 0 instead of 2");
  EXPECT_EQ(error_of(bytes_of("\x90\x02\x00\x07"), v311), "SUBACK: no reason codes");
  EXPECT_EQ(error_of(bytes_of("\x20\x02\x02\x00")), "CONNACK: reserved flags are set");
  EXPECT_EQ(error_of(bytes_of("\x20\x02\x01\x05"), v311),
            "CONNACK: a refused connection has a session");
  EXPECT_EQ(error_of(bytes_of("\x20\x05\x00\x00\x02\x63\x00")), "CONNACK: unknown property 99");
  EXPECT_EQ(error_of(bytes_of("\x20\x06\x00\x00\x03\x23\x00\x01")),
            "CONNACK: property 35 is not allowed in this packet");
  EXPECT_EQ(error_of(bytes_of("\x20\x06\x00\x00\x03\x21\x00\x00")),
            "CONNACK: property 33 has the impossible value 0");
  EXPECT_EQ(error_of(bytes_of("\x20\x07\x00\x00\x04\x24\x01\x24\x01")),
            "CONNACK: property 36 comes twice");
  EXPECT_EQ(error_of(bytes_of("\x30\x07\x00\x01x\x03\x23\x00\x01")),
            "PUBLISH: a topic alias, which the client does not allow");
  EXPECT_EQ(error_of(bytes_of("\xD0\x01\x00")), "PINGRESP: 1 bytes follow the last field");
}

std::string refusal(const std::function<void(std::string&)>& put) {
  std::string to = "before";
  try {
    put(to);
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(to, "before");
    return error.what();
  }
  return "";
}

TEST(MqttCodec, RefusesImpossiblePackets) {
  const MqttProtocol v311 = MqttProtocol::kV311;
  EXPECT_THAT(refusal([&](auto& to) { put_publish(to, v311, 0, {.topic = "a/+"}); }),
              HasSubstr("'a/+' has a wildcard"));
  EXPECT_THAT(refusal([&](auto& to) { put_publish(to, v311, 1, {.topic = "a", .qos = 3}); }),
              HasSubstr(".qos is 3; use 0, 1 or 2"));
  const MqttProperties properties{.content_type = "x"};
  EXPECT_THAT(refusal([&](auto& to) {
                put_publish(to, v311, 0, {.topic = "a", .properties = &properties});
              }),
              HasSubstr("MqttProtocol::kV5"));
  EXPECT_THAT(refusal([&](auto& to) { put_subscribe(to, v311, 1, "a", {.no_local = true}); }),
              HasSubstr("MqttProtocol::kV5"));
  EXPECT_THAT(refusal([&](auto& to) { put_connect(to, {.password = "secret"}, {}); }),
              HasSubstr("a .password needs a .username"));
  EXPECT_THAT(
      refusal([&](auto& to) { put_connect(to, {.client_id = std::string(70'000, 'x')}, {}); }),
      HasSubstr("the client_id has 70000 bytes; the limit is 65535"));
}

TEST(MqttCodec, NamesReasonCodesAsPahoDoes) {
  EXPECT_EQ(reason_text(135), "Not authorized");
  EXPECT_EQ(reason_text(200), "reason code 200");
}

}  // namespace
}  // namespace cppworker::mqtt
