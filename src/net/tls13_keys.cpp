#include "net/tls13_keys.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace cppworker::net {

namespace {

constexpr std::array<Tls13Suite, Tls13Suite::kCount> kSuites{{
    {.id = 0x1301, .cipher = "AES-128-GCM", .key_size = 16, .hash = EVP_sha256, .secret_size = 32},
    {.id = 0x1302, .cipher = "AES-256-GCM", .key_size = 32, .hash = EVP_sha384, .secret_size = 48},
    {.id = 0x1303,
     .cipher = "ChaCha20-Poly1305",
     .key_size = 32,
     .hash = EVP_sha256,
     .secret_size = 32},
}};

}  // namespace

const Tls13Suite* Tls13Suite::find(std::uint32_t id) {
  const auto* const found = std::ranges::find(kSuites, id, &Tls13Suite::id);
  return found == kSuites.end() ? nullptr : found;
}

std::size_t Tls13Suite::index() const { return static_cast<std::size_t>(this - kSuites.data()); }

void hkdf_expand_label(const EVP_MD* hash, std::span<const unsigned char> secret,
                       std::string_view label, std::span<unsigned char> output) {
  constexpr std::string_view kPrefix = "tls13 ";
  constexpr std::size_t kLabelMax = 16;
  CHECK(label.size() <= kLabelMax);
  // The structure HkdfLabel, then the number of the block of HKDF-Expand: 1, the only one.
  std::array<unsigned char, 2 + 1 + kPrefix.size() + kLabelMax + 1 + 1> info{};
  auto* end = info.begin();
  *end++ = 0;
  *end++ = static_cast<unsigned char>(output.size());
  *end++ = static_cast<unsigned char>(kPrefix.size() + label.size());
  end = std::ranges::copy(kPrefix, end).out;
  end = std::ranges::copy(label, end).out;
  *end++ = 0;
  *end++ = 1;
  std::array<unsigned char, EVP_MAX_MD_SIZE> block{};
  unsigned block_size = 0;
  CHECK(HMAC(hash, secret.data(), static_cast<int>(secret.size()), info.data(),
             static_cast<std::size_t>(end - info.begin()), block.data(), &block_size) != nullptr);
  CHECK(output.size() <= block_size);
  std::copy_n(block.begin(), output.size(), output.begin());
  OPENSSL_cleanse(block.data(), block.size());
}

Tls13Keys::Tls13Keys(const Tls13Suite& suite, const Secret& secret, std::uint64_t sequence)
    : secret_(secret) {
  derive(suite);
  sequence_ = sequence;
}

Tls13Keys::~Tls13Keys() {
  OPENSSL_cleanse(secret_.data(), secret_.size());
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(iv_.data(), iv_.size());
}

void Tls13Keys::derive(const Tls13Suite& suite) {
  const auto secret = std::span(secret_).first(suite.secret_size);
  hkdf_expand_label(suite.hash(), secret, "key", std::span(key_).first(suite.key_size));
  hkdf_expand_label(suite.hash(), secret, "iv", iv_);
  sequence_ = 0;
}

void Tls13Keys::update(const Tls13Suite& suite) {
  const auto secret = std::span(secret_).first(suite.secret_size);
  Secret next{};
  hkdf_expand_label(suite.hash(), secret, "traffic upd", std::span(next).first(secret.size()));
  secret_ = next;
  OPENSSL_cleanse(next.data(), next.size());
  derive(suite);
}

Tls13Keys::Nonce Tls13Keys::next_nonce() {
  Nonce nonce = iv_;
  std::uint64_t number = sequence_++;
  for (auto byte = nonce.rbegin(); number != 0; ++byte, number >>= 8U) {
    *byte = static_cast<unsigned char>(*byte ^ (number & 0xFFU));
  }
  return nonce;
}

}  // namespace cppworker::net
