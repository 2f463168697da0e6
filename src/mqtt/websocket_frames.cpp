#include "mqtt/websocket_frames.hpp"

#include "mqtt/bytes.hpp"
#include "websocket/close_code.hpp"
#include "websocket/frame.hpp"

namespace cppworker::mqtt {

namespace {

using websocket::Opcode;

/// A frame is made here, to save an allocation. A large one is not kept.
constexpr std::size_t kKeptFrameMax = std::size_t{64} * 1024;

std::string& frame_buffer() {
  static thread_local std::string buffer;
  if (buffer.capacity() > kKeptFrameMax) {
    buffer = {};
  }
  buffer.clear();
  return buffer;
}

std::string close_payload(std::uint16_t code) {
  return {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
}

}  // namespace

std::string_view WebSocketFrames::frame(Opcode opcode, std::string_view payload) {
  std::string& buffer = frame_buffer();
  websocket::append_frame(buffer, {.opcode = opcode, .is_last = true}, payload,
                          static_cast<std::uint32_t>(random_()));
  return buffer;
}

std::string_view WebSocketFrames::frame_of(std::string_view bytes) {
  return frame(Opcode::kBinary, bytes);
}

std::string_view WebSocketFrames::close_frame() {
  return frame(Opcode::kClose, close_payload(websocket::kNormalClosure));
}

WebSocketFrames::Step WebSocketFrames::next(std::string_view& bytes) {
  using Event = websocket::MessageReader::Event;
  for (;;) {
    switch (reader_.next(bytes)) {
      case Event::kNeedsMore:
        return {};
      case Event::kMessage:
        if (reader_.is_text()) {
          throw MalformedPacket("WebSocket: a text message; MQTT uses binary messages");
        }
        if (reader_.message().empty()) {
          break;
        }
        return {Step::Kind::kPayload, reader_.message()};
      case Event::kPing:
        return {Step::Kind::kPing, frame(Opcode::kPong, reader_.payload())};
      case Event::kPong:
        break;
      case Event::kClose: {
        const std::uint16_t code = reader_.close_code();
        return {Step::Kind::kClose,
                frame(Opcode::kClose,
                      code == websocket::kNoStatus ? std::string() : close_payload(code))};
      }
      case Event::kFailed:
        throw MalformedPacket("WebSocket: " + std::string(reader_.error()));
    }
  }
}

}  // namespace cppworker::mqtt
