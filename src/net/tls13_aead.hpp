#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <openssl/evp.h>

#include "net/tls13_keys.hpp"

namespace cppworker::net {

/// The cipher of a suite, for the records of all connections of a thread: a connection has keys but
/// no context of OpenSSL, which takes 1 KiB.
class Tls13Aead {
 public:
  static constexpr std::size_t kTag = 16;
  enum class Use : int { kOpen = 0, kSeal = 1 };

  /// The calling thread's. Throws std::bad_alloc.
  static Tls13Aead& of_thread(const Tls13Suite& suite);

  /// The next operations are for these keys, in one direction.
  void set_keys(Tls13Keys& keys, Use use);
  /// Decrypts `sealed` (with its tag) to `plaintext`, another place. False: it was modified.
  [[nodiscard]] bool open(std::span<const char> header, std::span<const char> sealed,
                          char* plaintext);
  /// Encrypts `text` in place, but for its last kTag bytes, which become the tag.
  void seal(std::span<const char> header, std::span<char> text);

 private:
  struct FreeCipher {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  };
  struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };

  explicit Tls13Aead(const Tls13Suite& suite);
  void begin(std::span<const char> header);

  const std::unique_ptr<EVP_CIPHER, FreeCipher> cipher_;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context_;
  Tls13Keys* keys_ = nullptr;  // between set_keys() and the last record of a call
  Use use_ = Use::kOpen;
  bool key_is_set_ = false;
};

}  // namespace cppworker::net
