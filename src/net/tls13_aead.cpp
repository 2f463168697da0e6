#include "net/tls13_aead.hpp"

#include <algorithm>
#include <array>
#include <new>

#include "base/check.hpp"

namespace cppworker::net {

namespace {

unsigned char* bytes(char* pointer) { return reinterpret_cast<unsigned char*>(pointer); }
const unsigned char* bytes(const char* pointer) {
  return reinterpret_cast<const unsigned char*>(pointer);
}

}  // namespace

Tls13Aead& Tls13Aead::of_thread(const Tls13Suite& suite) {
  thread_local std::array<std::unique_ptr<Tls13Aead>, Tls13Suite::kCount> ciphers;
  std::unique_ptr<Tls13Aead>& cipher = ciphers[suite.index()];
  if (cipher == nullptr) {
    cipher.reset(new Tls13Aead(suite));
  }
  return *cipher;
}

Tls13Aead::Tls13Aead(const Tls13Suite& suite)
    : cipher_(EVP_CIPHER_fetch(nullptr, suite.cipher, nullptr)), context_(EVP_CIPHER_CTX_new()) {
  if (cipher_ == nullptr || context_ == nullptr ||
      EVP_CipherInit_ex2(context_.get(), cipher_.get(), nullptr, nullptr, 1, nullptr) != 1) {
    throw std::bad_alloc();
  }
}

void Tls13Aead::set_keys(Tls13Keys& keys, Use use) {
  keys_ = &keys;
  use_ = use;
  key_is_set_ = false;
}

void Tls13Aead::begin(std::span<const char> header) {
  const Tls13Keys::Nonce nonce = keys_->next_nonce();
  const unsigned char* const key = key_is_set_ ? nullptr : keys_->key().data();
  int size = 0;
  CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, key, nonce.data(), static_cast<int>(use_),
                           nullptr) == 1);
  CHECK(EVP_CipherUpdate(context_.get(), nullptr, &size, bytes(header.data()),
                         static_cast<int>(header.size())) == 1);
  key_is_set_ = true;
}

bool Tls13Aead::open(std::span<const char> header, std::span<const char> sealed, char* plaintext) {
  DCHECK(use_ == Use::kOpen && sealed.size() >= kTag);
  begin(header);
  const std::size_t content = sealed.size() - kTag;
  std::array<char, kTag> tag{};
  std::ranges::copy(sealed.subspan(content), tag.begin());
  int size = 0;
  return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
         EVP_CipherUpdate(context_.get(), bytes(plaintext), &size, bytes(sealed.data()),
                          static_cast<int>(content)) == 1 &&
         EVP_CipherFinal_ex(context_.get(), bytes(plaintext) + size, &size) == 1;
}

void Tls13Aead::seal(std::span<const char> header, std::span<char> text) {
  DCHECK(use_ == Use::kSeal && text.size() >= kTag);
  begin(header);
  unsigned char* const begin_of_text = bytes(text.data());
  const std::size_t content = text.size() - kTag;
  int size = 0;
  CHECK(EVP_CipherUpdate(context_.get(), begin_of_text, &size, begin_of_text,
                         static_cast<int>(content)) == 1);
  CHECK(EVP_CipherFinal_ex(context_.get(), begin_of_text + size, &size) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTag, begin_of_text + content) ==
        1);
}

}  // namespace cppworker::net
