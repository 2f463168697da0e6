#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <openssl/evp.h>

namespace cppworker::net {

/// A cipher suite of TLS 1.3 that Tls13Records knows.
struct Tls13Suite {
  std::uint16_t id;      ///< as in RFC 8446, B.4
  const char* cipher;    ///< OpenSSL's name of the AEAD
  std::size_t key_size;  ///< bytes, of the AEAD
  const EVP_MD* (*hash)();
  std::size_t secret_size;  ///< bytes, those of the hash

  static constexpr std::size_t kCount = 3;
  /// Null: none of these.
  static const Tls13Suite* find(std::uint32_t id);
  /// 0 … kCount - 1
  [[nodiscard]] std::size_t index() const;
};

/// HKDF-Expand-Label of RFC 8446, 7.1, with an empty context. @param output at most one hash long
void hkdf_expand_label(const EVP_MD* hash, std::span<const unsigned char> secret,
                       std::string_view label, std::span<unsigned char> output);

/// The keys of one direction of a connection, and the sequence number of its next record. The
/// memory is wiped at the end.
class Tls13Keys {
 public:
  static constexpr std::size_t kSecretMax = 48;
  static constexpr std::size_t kKeyMax = 32;
  using Secret = std::array<unsigned char, kSecretMax>;
  using Nonce = std::array<unsigned char, 12>;

  /// @param secret the traffic secret; its first suite.secret_size bytes count
  /// @param sequence records that these keys have protected already
  Tls13Keys(const Tls13Suite& suite, const Secret& secret, std::uint64_t sequence);
  ~Tls13Keys();
  Tls13Keys(const Tls13Keys&) = delete;
  Tls13Keys& operator=(const Tls13Keys&) = delete;

  [[nodiscard]] const std::array<unsigned char, kKeyMax>& key() const { return key_; }
  /// Of the next record; counts it.
  Nonce next_nonce();
  /// Replaces the keys with those that follow a KeyUpdate.
  void update(const Tls13Suite& suite);

 private:
  void derive(const Tls13Suite& suite);

  Secret secret_;
  std::array<unsigned char, kKeyMax> key_{};
  Nonce iv_{};
  std::uint64_t sequence_ = 0;
};

}  // namespace cppworker::net
