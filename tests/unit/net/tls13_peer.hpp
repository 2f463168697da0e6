#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "net/tls13_aead.hpp"
#include "net/tls13_keys.hpp"
#include "net/tls13_records.hpp"

namespace cppworker::test_support {

inline std::vector<unsigned char> from_hex(std::string_view text) {
  std::vector<unsigned char> bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    bytes.push_back(
        static_cast<unsigned char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::span<const unsigned char> bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

inline net::Tls13Keys::Secret secret_of(std::string_view hex) {
  net::Tls13Keys::Secret secret{};
  std::ranges::copy(from_hex(hex), secret.begin());
  return secret;
}

/// A record as a peer with the keys can send it.
/// @param inner content, type and padding; they may be wrong
inline std::string sealed_with(const net::Tls13Suite& suite, net::Tls13Keys& keys,
                               std::string_view inner) {
  std::string record{'\x17', '\x03', '\x03'};
  const std::size_t size = inner.size() + net::Tls13Aead::kTag;
  record += static_cast<char>(size >> 8U);
  record += static_cast<char>(size & 0xFFU);
  record += inner;
  record.append(net::Tls13Aead::kTag, '\0');
  net::Tls13Aead& aead = net::Tls13Aead::of_thread(suite);
  aead.set_keys(keys, net::Tls13Aead::Use::kSeal);
  const std::span<char> bytes(record);
  aead.seal(bytes.first(net::Tls13Records::kHeader), bytes.subspan(net::Tls13Records::kHeader));
  return record;
}

}  // namespace cppworker::test_support
