#pragma once

#include <cstdint>

namespace cppworker::websocket {

// Codes of a Close frame (RFC 6455, section 7.4).
inline constexpr std::uint16_t kNormalClosure = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kNoStatus = 1005;  ///< not sent: the Close frame had no code
inline constexpr std::uint16_t kAbnormal = 1006;  ///< not sent: there was no Close frame
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kMessageTooBig = 1009;

/// A Close frame may have this code.
[[nodiscard]] constexpr bool may_be_sent(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace cppworker::websocket
