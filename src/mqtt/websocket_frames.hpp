#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "websocket/message_reader.hpp"

namespace cppworker::mqtt {

/// The bytes of MQTT in the binary messages of a WebSocket (MQTT 5, 6): a packet may be in several
/// messages, and a message may have several packets. All functions are for the client's thread.
class WebSocketFrames {
 public:
  /// @param random outlives this object
  /// @param message_size_max the largest message that is accepted, in bytes
  WebSocketFrames(std::mt19937_64& random, std::size_t message_size_max)
      : random_(random), reader_(websocket::Compression::kNone, message_size_max) {}

  struct Step {
    enum class Kind : std::uint8_t {
      kNeedsMore,  ///< all bytes are consumed
      kPayload,    ///< bytes of MQTT
      kPing,       ///< the frame that answers it
      kClose       ///< the frame that answers it; nothing may follow
    };
    Kind kind = Kind::kNeedsMore;
    std::string_view bytes{};  ///< valid until the next call of a WebSocketFrames of this thread
  };
  /// Consumes bytes of the broker up to the next thing to handle. Throws MalformedPacket.
  Step next(std::string_view& bytes);

  /// The frame with these bytes. Valid until the next call of a WebSocketFrames of this thread.
  std::string_view frame_of(std::string_view bytes);
  /// A Close frame, likewise.
  std::string_view close_frame();

 private:
  std::string_view frame(websocket::Opcode opcode, std::string_view payload);

  std::mt19937_64& random_;
  websocket::MessageReader reader_;
};

}  // namespace cppworker::mqtt
