#include "stats/error_key.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>

#include <openssl/evp.h>

#include "text/hex.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::stats {
namespace {

/// The "0x…" in the first `object at 0x…>`; empty if there is none.
std::string_view object_address(std::string_view text) noexcept {
  constexpr std::string_view kTarget = "object at 0x";
  const std::size_t target = text.find(kTarget);
  if (target == std::string_view::npos) {
    return {};
  }
  const std::size_t start = target + kTarget.size() - 2;
  const std::size_t end = text.find('>', start);
  return end == std::string_view::npos ? std::string_view() : text.substr(start, end - start);
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error(
        "OpenSSL does not provide SHA-256, which Locust's error keys need. Enable it in OpenSSL's "
        "configuration");
  }
  std::string hex;
  hex.reserve(std::size_t{2} * length);
  for (unsigned int i = 0; i < length; ++i) {
    text::append_hex(hex, digest[i], 2);
  }
  return hex;
}

}  // namespace

bool has_object_address(std::string_view text) noexcept { return !object_address(text).empty(); }

std::string parse_error(std::string_view text) {
  const std::string_view address = object_address(text);
  if (address.empty()) {
    return std::string(text);
  }
  std::string masked;
  std::size_t at = 0;
  for (std::size_t found = text.find(address); found != std::string_view::npos;
       found = text.find(address, at)) {
    masked.append(text.substr(at, found - at));
    masked.append("0x....");
    at = found + address.size();
  }
  masked.append(text.substr(at));
  return masked;
}

std::string error_key(std::string_view method, std::string_view name, std::string_view error) {
  std::string text = text::to_utf8(method);
  text += '.';
  text += text::to_utf8(name);
  text += '.';
  text += text::python_repr(parse_error(text::to_utf8(error)));
  return sha256_hex(text);
}

}  // namespace cppworker::stats
