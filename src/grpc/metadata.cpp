#include "grpc/metadata.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "text/base64.hpp"
#include "text/utf8.hpp"

namespace cppworker::grpc {

namespace {

bool is_name_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
         character == '_' || character == '-' || character == '.';
}

bool is_printable(char character) { return character >= ' ' && character <= '~'; }

/// nghttp2 sends at most 64 KiB of header fields and counts kFieldCost for each, in addition to its
/// name and value. What these two limits leave is for the authority and the fields of gRPC.
constexpr std::size_t kMetadataMax = 60 * 1024;
constexpr std::size_t kPathMax = 2 * 1024;
constexpr std::size_t kFieldCost = 12;

/// The names that gRPC uses itself, and those that HTTP/2 forbids.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{
      "connection", "content-length",    "content-type", "host", "keep-alive", "proxy-connection",
      "te",         "transfer-encoding", "upgrade"};
  return name.starts_with("grpc-") || name == "user-agent" ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::optional<unsigned> hex_digit(char character) {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  if (character >= 'A' && character <= 'F') return static_cast<unsigned>(character - 'A') + 10;
  if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a') + 10;
  return std::nullopt;
}

/// Base64 with or without padding, in either of its two alphabets.
std::optional<std::string> decoded_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char character : text) {
    if (character == '-') character = '+';
    if (character == '_') character = '/';
    const std::size_t digit = text::kBase64.find(character);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(static_cast<unsigned char>(bits >> count));
    }
  }
  if (count >= 6) return std::nullopt;  // a byte needs two digits
  return bytes;
}

}  // namespace

void check_metadata(const GrpcMetadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character)) {
      throw std::invalid_argument("metadata: the name '" + name +
                                  "' is not valid: use lower-case letters, digits, '-', '_', '.'");
    }
    if (is_reserved(name)) {
      throw std::invalid_argument("metadata: the name '" + name + "' is reserved for gRPC itself");
    }
    if (!is_binary(name) && !std::all_of(value.begin(), value.end(), is_printable)) {
      throw std::invalid_argument("metadata: the value of '" + name +
                                  "' has bytes that are not printable ASCII: use a name that ends "
                                  "with '-bin'");
    }
    // Base64 without padding: four characters for each three bytes, rounded up.
    const std::size_t sent = is_binary(name) ? (value.size() * 4 + 2) / 3 : value.size();
    size += name.size() + sent + kFieldCost;
  }
  if (size > kMetadataMax) {
    throw std::invalid_argument(
        "metadata: " + std::to_string(size) + " bytes can't be sent, the limit is " +
        std::to_string(kMetadataMax) + "; each entry counts as its name, its value and " +
        std::to_string(kFieldCost) + " bytes");
  }
}

void check_path(std::string_view path) {
  if (path.size() > kPathMax) {
    throw std::invalid_argument("a path of " + std::to_string(path.size()) +
                                " bytes can't be sent, the limit is " + std::to_string(kPathMax));
  }
  const bool is_text =
      std::all_of(path.begin(), path.end(), [](char c) { return is_printable(c) && c != ' '; });
  if (!path.starts_with('/') || path.find('/', 1) == std::string_view::npos || !is_text) {
    throw std::invalid_argument("the path '" + std::string(path) +
                                "' is not valid: write \"/package.Service/Method\"");
  }
}

bool is_binary(std::string_view name) { return name.ends_with("-bin"); }

std::string encoded_value(std::string_view bytes) {
  std::string text = text::base64_encoded(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

void append_received(GrpcMetadata& metadata, std::string_view name, std::string_view value) {
  if (name.starts_with(':') || is_reserved(name)) return;
  if (!is_binary(name)) {
    metadata.emplace_back(name, value);
    return;
  }
  for (;;) {  // several values may be joined by commas
    const std::size_t comma = std::min(value.find(','), value.size());
    if (auto bytes = decoded_base64(value.substr(0, comma))) {
      metadata.emplace_back(name, std::move(*bytes));
    }
    if (comma == value.size()) break;
    value.remove_prefix(comma + 1);
  }
}

std::string decoded_message(std::string_view grpc_message) {
  std::string bytes;
  bytes.reserve(grpc_message.size());
  for (std::size_t i = 0; i < grpc_message.size(); ++i) {
    if (grpc_message[i] == '%' && i + 2 < grpc_message.size()) {
      const auto high = hex_digit(grpc_message[i + 1]);
      const auto low = hex_digit(grpc_message[i + 2]);
      if (high && low) {
        bytes += static_cast<char>(static_cast<unsigned char>(*high << 4U | *low));
        i += 2;
        continue;
      }
    }
    bytes += grpc_message[i];  // what is not an escape stays as it is
  }
  return text::to_utf8(bytes);
}

std::string timeout_text(coro::Duration timeout) {
  constexpr std::int64_t kMax = 99'999'999;
  const auto text_in = [&](auto unit, char letter) -> std::optional<std::string> {
    const auto count = std::chrono::ceil<decltype(unit)>(timeout).count();
    if (count > kMax) return std::nullopt;
    return std::to_string(count) + letter;
  };
  if (auto text = text_in(std::chrono::microseconds{}, 'u')) return *text;
  if (auto text = text_in(std::chrono::milliseconds{}, 'm')) return *text;
  if (auto text = text_in(std::chrono::seconds{}, 'S')) return *text;
  return text_in(std::chrono::hours{}, 'H').value_or("99999999H");
}

}  // namespace cppworker::grpc
