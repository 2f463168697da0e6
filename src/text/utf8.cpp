#include "text/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace cppworker::text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

/// The number of ASCII bytes at the start. Checks eight at a time.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, text.data() + at, sizeof chunk);
    if ((chunk & 0x8080808080808080U) != 0) {
      break;
    }
  }
  while (at < text.size() && byte_at(text, at) < 0x80) {
    ++at;
  }
  return at;
}

/// The number of bytes before the first ill-formed one.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (true) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) {
      return at;
    }
    const Utf8Step step = decode_utf8(text.substr(at));
    if (!step.valid) {
      return at;
    }
    at += step.length;
  }
}

}  // namespace

Utf8Step decode_utf8(std::string_view text) noexcept {
  const unsigned char lead = byte_at(text, 0);
  if (lead < 0x80) {
    return {1, true, lead};
  }
  std::size_t length = 0;
  char32_t code_point = 0;
  // The second byte has its own range, which excludes overlong forms, surrogates and code points
  // above U+10FFFF.
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    code_point = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    code_point = lead & 0x0FU;
    low = lead == 0xE0 ? 0xA0 : low;
    high = lead == 0xED ? 0x9F : high;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    code_point = lead & 0x07U;
    low = lead == 0xF0 ? 0x90 : low;
    high = lead == 0xF4 ? 0x8F : high;
  } else {
    return {1, false, 0};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte_at(text, i) < low || byte_at(text, i) > high) {
      return {i, false, 0};
    }
    code_point = (code_point << 6U) | (byte_at(text, i) & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {length, true, code_point};
}

bool is_utf8(std::string_view bytes) noexcept { return valid_prefix(bytes) == bytes.size(); }

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (true) {
    const std::size_t valid = valid_prefix(bytes);
    text.append(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) {
      return text;
    }
    text.append(kReplacement);
    bytes.remove_prefix(decode_utf8(bytes).length);
  }
}

std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(decode_utf8(text).length);
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  std::string_view rest = text;
  for (; count > 0 && !rest.empty(); --count) rest.remove_prefix(decode_utf8(rest).length);
  return text.substr(0, text.size() - rest.size());
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
  if (code_point < 0x80) {
    byte(code_point);
    return;
  }
  if (code_point < 0x800) {
    byte(0xC0U | (code_point >> 6U));
  } else {
    if (code_point < 0x10000) {
      byte(0xE0U | (code_point >> 12U));
    } else {
      byte(0xF0U | (code_point >> 18U));
      byte(0x80U | ((code_point >> 12U) & 0x3FU));
    }
    byte(0x80U | ((code_point >> 6U) & 0x3FU));
  }
  byte(0x80U | (code_point & 0x3FU));
}

}  // namespace cppworker::text
