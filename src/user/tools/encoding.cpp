#include <array>
#include <cstdint>

#include <fmt/format.h>

#include <cppworker/encoding.hpp>
#include <cppworker/exception.hpp>

#include "text/base64.hpp"
#include "text/hex.hpp"
#include "text/percent.hpp"
#include "text/utf8.hpp"

namespace cppworker {
namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::uint32_t byte_of(char c) { return static_cast<unsigned char>(c); }

std::string decode(std::string_view text, std::string_view alphabet, const char* function,
                   bool needs_padding) {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values.at(byte_of(alphabet[i])) = static_cast<std::int8_t>(i);
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = values.at(byte_of(c));
    if (value < 0 || padding > 0) {
      throw Error(
          fmt::format("{}(): the character at position {} is not valid there", function, i));
    }
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0) {
      bytes +=
          {static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U), static_cast<char>(bits)};
    }
  }
  const std::size_t rest = digits % 4;
  if (rest == 1) {
    throw Error(
        fmt::format("{}(): the text is cut off: {} characters can't be base64", function, digits));
  }
  if (needs_padding && (rest == 0 ? padding != 0 : rest + padding != 4)) {
    throw Error(fmt::format("{}(): Incorrect padding: the text must end with {} '='", function,
                            rest == 0 ? 0 : 4 - rest));
  }
  if (rest == 2) bytes += static_cast<char>(bits >> 4U);
  if (rest == 3) bytes += {static_cast<char>(bits >> 10U), static_cast<char>(bits >> 2U)};
  return bytes;
}

/// Decodes %XX in ASCII text.
std::string unquoted_bytes(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text[0] == '%' && text.size() > 2 && text::hex_value(text[1]) >= 0 &&
        text::hex_value(text[2]) >= 0) {
      bytes += static_cast<char>(text::hex_value(text[1]) * 16 + text::hex_value(text[2]));
      text.remove_prefix(3);
    } else {
      bytes += text[0];
      text.remove_prefix(1);
    }
  }
  return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) { return text::base64_encoded(bytes); }
std::string base64url_encode(std::string_view bytes) {
  return text::base64_encoded(bytes, kBase64Url);
}
std::string base64_decode(std::string_view text) {
  return decode(text, text::kBase64, "base64_decode", true);
}
std::string base64url_decode(std::string_view text) {
  return decode(text, kBase64Url, "base64url_decode", false);
}

std::string hex_encode(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) text::append_hex(text, byte_of(c), 2);
  return text;
}

std::string quote(std::string_view text, std::string_view safe) {
  std::string quoted;
  text::append_quoted(quoted, text, safe, safe.find(' ') == std::string_view::npos ? "%20" : " ");
  return quoted;
}

std::string quote_plus(std::string_view text, std::string_view safe) {
  std::string quoted;
  text::append_quoted(quoted, text, safe, "+");
  return quoted;
}

std::string unquote(std::string_view text) {
  // Only ASCII text is decoded, each run of it on its own, as in Python.
  const auto is_ascii = [](char c) { return byte_of(c) < 0x80; };
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_ascii(text[end]) == is_ascii(text[i])) ++end;
    const std::string_view run = text.substr(i, end - i);
    result += is_ascii(run[0]) ? text::to_utf8(unquoted_bytes(run)) : std::string(run);
    i = end;
  }
  return result;
}

}  // namespace cppworker
