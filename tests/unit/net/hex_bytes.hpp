#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "net/tls13_keys.hpp"

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

}  // namespace cppworker::test_support
