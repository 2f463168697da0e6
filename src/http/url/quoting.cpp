#include "http/url/quoting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/hex.hpp"
#include "text/percent.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~";
constexpr std::uint8_t kUnreservedBit = 1;
constexpr std::uint8_t kUserinfoBit = 2;
constexpr std::uint8_t kPathBit = 4;
constexpr std::uint8_t kQueryBit = 8;

using Table = std::array<std::uint8_t, 256>;

constexpr Table make_table() {
  Table table{};
  const auto mark = [&table](std::string_view characters, int bits) {
    for (const char character : characters) {
      auto& entry = table.at(static_cast<unsigned char>(character));
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  mark(kUnreserved, kUnreservedBit | kUserinfoBit | kPathBit | kQueryBit);
  mark("!$&'()*+,;=:", kUserinfoBit | kPathBit | kQueryBit);
  mark("@/", kPathBit | kQueryBit);
  mark("?", kQueryBit);
  return table;
}

constexpr Table kTable = make_table();

bool has_bit(char character, std::uint8_t bit) {
  return (kTable[static_cast<unsigned char>(character)] & bit) != 0;
}

constexpr std::uint8_t bit_of(UrlPart part) {
  switch (part) {
    case UrlPart::kUserinfo:
      return kUserinfoBit;
    case UrlPart::kPath:
      return kPathBit;
    case UrlPart::kQuery:
      return kQueryBit;
  }
  return 0;
}

bool is_escape(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text::hex_value(text[at + 1]) >= 0 &&
         text::hex_value(text[at + 2]) >= 0;
}

char upper(char character) {
  return character >= 'a' && character <= 'f' ? static_cast<char>(character - 0x20) : character;
}

bool is_alnum(char character) {
  const char lower = static_cast<char>(character | 0x20);
  return (character >= '0' && character <= '9') || (lower >= 'a' && lower <= 'z');
}

/// False where requests' unquote_unreserved raises: two letters or digits that are not hexadecimal.
bool unquote_unreserved(std::string_view uri, std::string& out) {
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && is_alnum(uri[i + 1]) && is_alnum(uri[i + 2])) {
      if (!is_escape(uri, i)) {
        return false;
      }
      const auto character =
          static_cast<char>(text::hex_value(uri[i + 1]) * 16 + text::hex_value(uri[i + 2]));
      if (has_bit(character, kUnreservedBit)) {
        out += character;
        i += 2;
        continue;
      }
    }
    out += uri[i];
  }
  return true;
}

std::string quote(std::string_view text, std::string_view safe) {
  std::string out;
  out.reserve(text.size());
  for (const char character : text) {
    if (has_bit(character, kUnreservedBit) || safe.find(character) != std::string_view::npos) {
      out += character;
    } else {
      text::append_percent(out, character);
    }
  }
  return out;
}

}  // namespace

bool is_allowed(char character, UrlPart part) noexcept { return has_bit(character, bit_of(part)); }

bool all_allowed(std::string_view text, UrlPart part) noexcept {
  const std::uint8_t bit = bit_of(part);
  return std::ranges::all_of(text, [bit](char character) { return has_bit(character, bit); });
}

std::string quote_part(std::string_view text, UrlPart part) {
  bool all_escapes = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    all_escapes = all_escapes && (text[i] != '%' || is_escape(text, i));
  }
  const std::uint8_t bit = bit_of(part);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && is_escape(text, i)) {
      out += all_escapes ? "%" : "%25";
      out += upper(text[i + 1]);
      out += upper(text[i + 2]);
      i += 2;
    } else if (has_bit(text[i], bit)) {
      out += text[i];
    } else {
      text::append_percent(out, text[i]);
    }
  }
  return out;
}

std::string requote_uri(std::string_view uri) {
  std::string unquoted;
  unquoted.reserve(uri.size());
  if (unquote_unreserved(uri, unquoted)) {
    return quote(unquoted, "!#$%&'()*+,/:;=?@[]~");
  }
  return quote(uri, "!#$&'()*+,/:;=?@[]~");
}

std::string remove_dot_segments(std::string_view path) {
  std::vector<std::string_view> output;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t slash = path.find('/', begin);
    const std::string_view segment = path.substr(begin, slash - begin);
    if (segment == "..") {
      if (!output.empty()) {
        output.pop_back();
      }
    } else if (segment != ".") {
      output.push_back(segment);
    }
    if (slash == std::string_view::npos) {
      break;
    }
    begin = slash + 1;
  }
  if (path.starts_with('/') && (output.empty() || !output.front().empty())) {
    output.insert(output.begin(), std::string_view());
  }
  if (path.ends_with("/.") || path.ends_with("/..")) {
    output.emplace_back();
  }
  std::string joined;
  for (std::size_t i = 0; i < output.size(); ++i) {
    joined += i == 0 ? "" : "/";
    joined += output[i];
  }
  return joined;
}

std::string unquote(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* digits = text.data() + i + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error == std::errc() && end == digits + 2) {
        result += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    result += text[i];
  }
  return text::to_utf8(result);
}

}  // namespace cppworker::http
