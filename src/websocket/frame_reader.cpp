#include "websocket/frame_reader.hpp"

#include <algorithm>

namespace cppworker::websocket {

FrameReader::Step FrameReader::next(std::string_view& bytes) {
  if (in_payload_) {
    if (bytes.empty() && left_ != 0) {
      return Step::kNeedsMore;
    }
    payload_ =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    bytes.remove_prefix(payload_.size());
    left_ -= payload_.size();
    in_payload_ = left_ != 0;
    return Step::kPayload;
  }
  while (size_ < header_size()) {
    if (bytes.empty()) {
      return Step::kNeedsMore;
    }
    bytes_[size_++] = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
  }
  if (!parse()) {
    return Step::kFailed;
  }
  size_ = 0;
  left_ = header_.size;
  in_payload_ = true;
  return Step::kHeader;
}

/// As far as the bytes show it.
std::size_t FrameReader::header_size() const {
  if (size_ < 2) {
    return 2;
  }
  const unsigned size = bytes_[1] & 0x7FU;
  return size == 126 ? 4 : size == 127 ? 10 : 2;
}

bool FrameReader::fail(const char* error) {
  error_ = error;
  return false;
}

bool FrameReader::parse() {
  const unsigned opcode = bytes_[0] & 0x0FU;
  header_.is_last = (bytes_[0] & 0x80U) != 0;
  header_.is_compressed = (bytes_[0] & 0x40U) != 0;
  header_.opcode = static_cast<Opcode>(opcode);
  header_.size = bytes_[1] & 0x7FU;
  if (header_.size >= 126) {
    const std::size_t end = header_size();
    header_.size = 0;
    for (std::size_t i = 2; i < end; ++i) {
      header_.size = header_.size << 8U | bytes_[i];
    }
  }
  if ((bytes_[0] & 0x30U) != 0) {
    return fail("a reserved bit is set");
  }
  if ((opcode > 2 && opcode < 8) || opcode > 10) {
    return fail("reserved opcode");
  }
  if ((bytes_[1] & 0x80U) != 0) {
    return fail("a frame of the server is masked");
  }
  if ((header_.size >> 63U) != 0) {
    return fail("the length of a frame has more than 63 bits");
  }
  if (is_control(header_.opcode)) {
    if (!header_.is_last) {
      return fail("a control frame is fragmented");
    }
    if (header_.size > kControlPayloadMax) {
      return fail("a control frame has more than 125 bytes");
    }
    if (header_.is_compressed) {
      return fail("a control frame is compressed");
    }
  }
  return true;
}

}  // namespace cppworker::websocket
