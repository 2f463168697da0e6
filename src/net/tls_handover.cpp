#include "net/tls_handover.hpp"

#include <string_view>

#include <openssl/crypto.h>

#include "base/check.hpp"

namespace cppworker::net {

void TlsHandover::prepare(SSL_CTX& context) {
  SSL_CTX_set_keylog_callback(&context, &on_key);
  SSL_CTX_set_msg_callback(&context, &on_message);
}

TlsHandover::TlsHandover(SSL& ssl) {
  DCHECK(SSL_CTX_get_keylog_callback(SSL_get_SSL_CTX(&ssl)) == &on_key);
  SSL_set_app_data(&ssl, this);          // for on_key()
  SSL_set_msg_callback_arg(&ssl, this);  // NOLINT: a cast in OpenSSL's macro
}

TlsHandover::~TlsHandover() {
  OPENSSL_cleanse(reads_.secret.data(), reads_.secret.size());
  OPENSSL_cleanse(writes_.secret.data(), writes_.secret.size());
}

void TlsHandover::detach(SSL& ssl) {
  SSL_set_app_data(&ssl, nullptr);
  SSL_set_msg_callback(&ssl, nullptr);
}

/// OpenSSL calls it when it begins to use a secret. @param line of the format of SSLKEYLOGFILE: a
/// label, the client's random number, the secret
void TlsHandover::on_key(const SSL* ssl, const char* line) {
  auto* const self = static_cast<TlsHandover*>(SSL_get_app_data(ssl));
  if (self == nullptr) {
    return;
  }
  const std::string_view text = line;
  const std::string_view label = text.substr(0, text.find(' '));
  const bool reads = label == "SERVER_TRAFFIC_SECRET_0";
  if (!reads && label != "CLIENT_TRAFFIC_SECRET_0") {
    return;
  }
  Direction& direction = reads ? self->reads_ : self->writes_;
  direction.records = 0;
  const char* const secret = line + text.rfind(' ') + 1;
  if (OPENSSL_hexstr2buf_ex(direction.secret.data(), direction.secret.size(),
                            &direction.secret_size, secret, '\0') != 1) {
    direction.secret_size = 0;
  }
  if (reads) {
    self->handshake_left_ = 0;
  }
}

/// OpenSSL calls it for each record and for each handshake message.
void TlsHandover::on_message(int sent, int /*version*/, int type, const void* bytes,
                             std::size_t size, SSL* /*ssl*/, void* self) {
  if (self == nullptr) {
    return;
  }
  auto& handover = *static_cast<TlsHandover*>(self);
  if (sent == 0) {
    handover.received(type, static_cast<const unsigned char*>(bytes), size);
  } else if (type == SSL3_RT_INNER_CONTENT_TYPE) {
    ++handover.writes_.records;
  }
}

void TlsHandover::received(int type, const unsigned char* bytes, std::size_t size) {
  switch (type) {
    case SSL3_RT_HEADER:
      record_size_ = size < SSL3_RT_HEADER_LENGTH ? 0 : (std::size_t{bytes[3]} << 8U) | bytes[4];
      return;
    case SSL3_RT_INNER_CONTENT_TYPE:  // a record was decrypted
      ++reads_.records;
      if (bytes[0] == SSL3_RT_HANDSHAKE) {
        handshake_left_ += static_cast<std::int64_t>(record_size_) - 1 - EVP_GCM_TLS_TAG_LEN;
      } else {  // data never comes within a message: the rest was padding, which Java servers send
        handshake_left_ = 0;
      }
      return;
    case SSL3_RT_HANDSHAKE:
      handshake_left_ -= static_cast<std::int64_t>(size);
      keys_updated_ = keys_updated_ || bytes[0] == SSL3_MT_KEY_UPDATE;
      return;
    default:
      return;
  }
}

TlsHandover::State TlsHandover::state(const SSL& ssl) const {
  if (SSL_is_init_finished(&ssl) == 0) {
    return State::kLater;
  }
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(&ssl);
  const Tls13Suite* const suite = SSL_version(&ssl) == TLS1_3_VERSION && cipher != nullptr
                                      ? Tls13Suite::find(SSL_CIPHER_get_protocol_id(cipher))
                                      : nullptr;
  if (suite == nullptr || reads_.secret_size != suite->secret_size ||
      writes_.secret_size != suite->secret_size || keys_updated_ || SSL_get_shutdown(&ssl) != 0) {
    return State::kNever;
  }
  return holds_bytes(ssl) || handshake_left_ != 0 ? State::kLater : State::kReady;
}

bool TlsHandover::holds_bytes(const SSL& ssl) {
  constexpr std::string_view kHeaderOnly = "RB";  // "read body" comes next
  return SSL_has_pending(&ssl) != 0 || SSL_rstate_string(&ssl) == kHeaderOnly;
}

std::unique_ptr<Tls13Stream> TlsHandover::stream(const SSL& ssl, TlsSocket& socket) const {
  DCHECK(state(ssl) == State::kReady);
  const Tls13Suite* const suite =
      Tls13Suite::find(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(&ssl)));
  return std::make_unique<Tls13Stream>(
      socket, *suite, Tls13Records::Direction{.secret = reads_.secret, .sequence = reads_.records},
      Tls13Records::Direction{.secret = writes_.secret, .sequence = writes_.records});
}

}  // namespace cppworker::net
