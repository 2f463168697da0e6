#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "websocket/frame.hpp"

namespace cppworker::websocket {

/// Splits the bytes that a server sends into frames. The bytes may arrive in pieces of any size.
class FrameReader {
 public:
  enum class Step : std::uint8_t {
    kNeedsMore,  ///< all bytes are consumed
    kHeader,     ///< header() is complete
    kPayload,    ///< a part of the payload: payload()
    kFailed      ///< the bytes violate the protocol: error()
  };

  /// Consumes bytes up to the next thing to report. A header is followed by at least one kPayload,
  /// which is empty if the frame is.
  Step next(std::string_view& bytes);

  [[nodiscard]] const FrameHeader& header() const { return header_; }
  [[nodiscard]] std::string_view payload() const { return payload_; }
  /// After kPayload: whether the payload is complete.
  [[nodiscard]] bool frame_complete() const { return left_ == 0; }
  [[nodiscard]] const char* error() const { return error_; }

 private:
  [[nodiscard]] std::size_t header_size() const;
  bool parse();
  bool fail(const char* error);

  FrameHeader header_;
  std::string_view payload_;
  std::uint64_t left_ = 0;  // bytes of the payload that have not been reported
  const char* error_ = "";
  std::array<unsigned char, 10> bytes_{};  // of the header; a server does not mask
  std::uint8_t size_ = 0;                  // of bytes_
  bool in_payload_ = false;
};

}  // namespace cppworker::websocket
