#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::websocket {

// Frames of RFC 6455, section 5.

enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10
};

[[nodiscard]] constexpr bool is_control(Opcode opcode) { return opcode >= Opcode::kClose; }

/// The most bytes of a control frame's payload.
inline constexpr std::size_t kControlPayloadMax = 125;

/// The most bytes of a frame's header.
inline constexpr std::size_t kFrameHeaderMax = 14;

struct FrameHeader {
  Opcode opcode = Opcode::kContinuation;
  bool is_last = false;        ///< FIN
  bool is_compressed = false;  ///< RSV1: permessage-deflate
  std::uint64_t size = 0;      ///< of the payload, in bytes
};

/// Appends a frame as a client sends it. @param mask the masking key
void append_frame(std::string& out, const FrameHeader& header, std::string_view payload,
                  std::uint32_t mask);

/// Masks or unmasks bytes that are the beginning of a payload.
void apply_mask(char* bytes, std::size_t size, std::uint32_t mask);

}  // namespace cppworker::websocket
