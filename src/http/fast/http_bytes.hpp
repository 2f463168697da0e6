#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "http/fast/parse_error.hpp"

namespace cppworker::http::fast {

// The characters that llhttp accepts in the parts of a response, and that a request may contain.

constexpr std::string_view kProtocol = "HTTP/";
constexpr ParseError kNoProtocol{.reason = "Expected HTTP/, RTSP/ or ICE/", .code = 8};

constexpr std::array<bool, 256> token_characters() {
  std::array<bool, 256> result{};
  for (const char character : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                               "abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    result[static_cast<unsigned char>(character)] = true;
  }
  return result;
}
inline constexpr std::array<bool, 256> kIsToken = token_characters();

constexpr std::array<bool, 256> value_characters() {
  std::array<bool, 256> result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = i == '\t' || (i >= 0x20 && i != 0x7f);
  }
  return result;
}
inline constexpr std::array<bool, 256> kIsValue = value_characters();

/// Whether all characters of `text` are allowed. Without a branch per character.
constexpr bool all_of(std::string_view text, const std::array<bool, 256>& allowed) {
  bool ok = true;
  for (const char character : text) {
    ok &= allowed[static_cast<unsigned char>(character)];
  }
  return ok;
}

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }

}  // namespace cppworker::http::fast
