#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::protobuf {

/// A text of a server for an error: on one line, and not longer than `most_bytes` and a bit.
[[nodiscard]] inline std::string shown(std::string_view text, std::size_t most_bytes = 300) {
  std::string_view kept = text.substr(0, most_bytes);
  if (kept.size() < text.size()) {  // not within a character of UTF-8
    while (!kept.empty() && (static_cast<unsigned char>(text[kept.size()]) & 0xC0U) == 0x80U) {
      kept.remove_suffix(1);
    }
  }
  std::string line;
  for (const char byte : kept) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\n') {
      line += "\\n";
    } else if (code < 0x20 || code == 0x7F) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      line.append("\\x").append(1, kDigits[code >> 4U]).append(1, kDigits[code & 0xFU]);
    } else {
      line += byte;
    }
  }
  if (kept.size() < text.size()) line += "… (" + std::to_string(text.size()) + " bytes)";
  return line;
}

}  // namespace cppworker::protobuf
