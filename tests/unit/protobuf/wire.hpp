#pragma once

#include <cstddef>
#include <string>

namespace cppworker::protobuf {

/// A field of bytes, text or a message, as protobuf sends it.
[[nodiscard]] inline std::string wire_field(int number, const std::string& content) {
  std::string bytes(1, static_cast<char>(number * 8 + 2));
  std::size_t size = content.size();
  for (; size >= 0x80; size /= 0x80) bytes += static_cast<char>(size % 0x80 + 0x80);
  return bytes + static_cast<char>(size) + content;
}

}  // namespace cppworker::protobuf
