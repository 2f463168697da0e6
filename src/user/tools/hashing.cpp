#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cppworker/hashing.hpp>

#include "coro/loop_stack.hpp"

namespace cppworker {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string text_of(const Digest& digest, unsigned int size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// OpenSSL may use more stack than a user has.
std::string digest_of(std::string_view bytes, const EVP_MD* algorithm, const char* name) {
  Digest digest{};
  unsigned int size = 0;
  bool succeeded = false;
  coro::on_loop_stack([&] {
    succeeded =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) == 1;
  });
  if (!succeeded) {
    throw std::runtime_error(std::string(name) + "(): the system's OpenSSL does not allow it");
  }
  return text_of(digest, size);
}

std::string hmac_of(std::string_view key, std::string_view message, const EVP_MD* algorithm,
                    const char* name) {
  Digest digest{};
  unsigned int size = 0;
  bool succeeded = false;
  coro::on_loop_stack([&] {
    succeeded = HMAC(algorithm, key.empty() ? "" : key.data(), static_cast<int>(key.size()),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                     digest.data(), &size) != nullptr;
  });
  if (!succeeded) {
    throw std::runtime_error(std::string(name) + "(): the system's OpenSSL does not allow it");
  }
  return text_of(digest, size);
}

}  // namespace

std::string sha256(std::string_view bytes) { return digest_of(bytes, EVP_sha256(), "sha256"); }
std::string sha1(std::string_view bytes) { return digest_of(bytes, EVP_sha1(), "sha1"); }
std::string md5(std::string_view bytes) { return digest_of(bytes, EVP_md5(), "md5"); }

std::string hmac_sha256(std::string_view key, std::string_view message) {
  return hmac_of(key, message, EVP_sha256(), "hmac_sha256");
}
std::string hmac_sha1(std::string_view key, std::string_view message) {
  return hmac_of(key, message, EVP_sha1(), "hmac_sha1");
}

}  // namespace cppworker
