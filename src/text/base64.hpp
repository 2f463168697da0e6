#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::text {

inline constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, with padding.
[[nodiscard]] inline std::string base64_encoded(std::string_view bytes,
                                                std::string_view alphabet = kBase64) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text +=
          j <= group.size() ? alphabet[bits >> (18U - 6U * static_cast<unsigned>(j)) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace cppworker::text
