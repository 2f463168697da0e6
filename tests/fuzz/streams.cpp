// What brokers, and servers of WebSockets and gRPC send.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coro/clock.hpp"
#include "fuzz/targets.hpp"
#include "grpc/message_reader.hpp"
#include "mqtt/decode.hpp"
#include "mqtt/frame_reader.hpp"
#include "text/utf8.hpp"
#include "websocket/message_reader.hpp"

namespace cppworker::fuzz {

namespace {

using mqtt::PacketType;

void decode(const mqtt::Frame& frame, MqttProtocol protocol) {
  switch (frame.type) {
    case PacketType::kConnack:
      (void)mqtt::decode_connack(frame, protocol);
      break;
    case PacketType::kPublish: {
      const mqtt::Incoming incoming = mqtt::decode_publish(frame, protocol);
      require(text::is_utf8(incoming.topic), "topics are UTF-8");
      MqttProperties properties;
      mqtt::decode_properties(incoming.properties, properties);  // must not throw any more
      break;
    }
    case PacketType::kSuback:
    case PacketType::kUnsuback:
      (void)mqtt::decode_subscription_ack(frame, protocol);
      break;
    case PacketType::kDisconnect:
      (void)mqtt::decode_disconnect(frame, protocol);
      break;
    case PacketType::kPingresp:
      mqtt::check_pingresp(frame);
      break;
    default:
      (void)mqtt::decode_ack(frame, protocol);
  }
}

/// The bodies of the packets, until one is malformed.
std::vector<std::string> packets_of(std::string_view bytes, std::size_t size,
                                    MqttProtocol protocol) {
  constexpr std::size_t kPacketMax = 100'000;
  mqtt::FrameReader reader(kPacketMax);
  std::vector<std::string> packets;
  try {
    while (!bytes.empty()) {
      const Exact piece(bytes.substr(0, size));
      bytes.remove_prefix(piece.view().size());
      reader.feed(piece.view(), [&](const mqtt::Frame& frame) {
        packets.emplace_back(frame.body);
        decode(frame, protocol);
        return true;
      });
    }
  } catch (const mqtt::MalformedPacket& error) {
    packets.emplace_back(error.what());
  }
  return packets;
}

std::vector<std::string> messages_of(std::string_view bytes, std::size_t size,
                                     websocket::Compression compression) {
  using Event = websocket::MessageReader::Event;
  constexpr std::size_t kMessageMax = 100'000;
  websocket::MessageReader reader(compression, kMessageMax);
  std::vector<std::string> events;
  while (!bytes.empty()) {
    const Exact piece(bytes.substr(0, size));
    bytes.remove_prefix(piece.view().size());
    std::string_view rest = piece.view();
    for (Event event{}; (event = reader.next(rest)) != Event::kNeedsMore;) {
      switch (event) {
        case Event::kMessage:
          require(reader.message().size() <= kMessageMax, "a message is not larger than the limit");
          require(!reader.is_text() || text::is_utf8(reader.message()), "texts are UTF-8");
          events.emplace_back(reader.message());
          break;
        case Event::kFailed:
          events.emplace_back(reader.error());
          return events;
        default:
          require(reader.payload().size() <= 125, "a control frame has at most 125 bytes");
          events.emplace_back(reader.payload());
      }
    }
  }
  return events;
}

/// The messages of a response's body, until one is not valid. They are taken when all bytes have
/// arrived: so what waits is not decompressed.
std::vector<std::string> grpc_messages_of(std::string_view bytes, std::size_t size,
                                          std::string_view encoding) {
  constexpr std::size_t kMessageMax = 100'000;
  constexpr coro::TimePoint kNow{};
  grpc::MessageReader reader(kMessageMax, kNow);
  reader.set_encoding(encoding);
  std::size_t arrived = 0;
  while (!bytes.empty()) {
    const Exact piece(bytes.substr(0, size));
    bytes.remove_prefix(piece.view().size());
    reader.append(piece.view(), kNow);
    arrived += piece.view().size();
  }
  require(reader.size() <= arrived / 5, "a message has a head of five bytes");
  std::vector<std::string> messages;
  while (reader.size() > 0) {
    const auto message = reader.take();
    if (!message) {
      require(!reader.error().details.empty(), "a message that can't be read is an error");
      break;
    }
    require(message->bytes.size() <= kMessageMax, "a message is not larger than the limit");
    messages.push_back(message->bytes);
  }
  messages.push_back(reader.error().details);
  return messages;
}

}  // namespace

void mqtt_packets(std::string_view bytes) {
  for (const MqttProtocol protocol : {MqttProtocol::kV311, MqttProtocol::kV5}) {
    require(packets_of(bytes, std::string_view::npos, protocol) == packets_of(bytes, 1, protocol),
            "packets do not depend on how the bytes are split");
  }
}

void websocket_frames(std::string_view bytes) {
  using websocket::Compression;
  for (const Compression compression :
       {Compression::kNone, Compression::kPerMessage, Compression::kWithContext}) {
    require(messages_of(bytes, std::string_view::npos, compression) ==
                messages_of(bytes, 1, compression),
            "messages do not depend on how the bytes are split");
  }
}

void grpc_messages(std::string_view bytes) {
  for (const char* const encoding : {"", "gzip"}) {
    require(grpc_messages_of(bytes, std::string_view::npos, encoding) ==
                grpc_messages_of(bytes, 1, encoding),
            "messages do not depend on how the bytes are split");
  }
}

}  // namespace cppworker::fuzz
