#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <openssl/ssl.h>

#include "net/tls13_keys.hpp"
#include "net/tls13_stream.hpp"
#include "net/tls_socket.hpp"

namespace cppworker::net {

/// Observes a connection of OpenSSL, so that a Tls13Stream can replace OpenSSL later: keeps the
/// traffic secrets and counts the records that they protect. The memory is wiped at the end.
class TlsHandover {
 public:
  /// The settings of a context whose connections are observed.
  static void prepare(SSL_CTX& context);

  /// @param ssl of a prepared context, before the handshake; must not be used after the end of
  /// this object, or only after detach()
  explicit TlsHandover(SSL& ssl);
  ~TlsHandover();
  TlsHandover(const TlsHandover&) = delete;
  TlsHandover& operator=(const TlsHandover&) = delete;
  static void detach(SSL& ssl);
  /// Whether OpenSSL has received bytes that are not delivered yet, perhaps a part of a record.
  static bool holds_bytes(const SSL& ssl);

  enum class State : std::uint8_t {
    kNever,  ///< another protocol version or suite, or the peer has updated its keys
    kLater,  ///< the handshake is not complete, or OpenSSL holds received bytes
    kReady
  };
  [[nodiscard]] State state(const SSL& ssl) const;
  /// The stream that continues the connection. @pre state() == kReady, and OpenSSL has nothing to
  /// send
  [[nodiscard]] std::unique_ptr<Tls13Stream> stream(const SSL& ssl, TlsSocket& socket) const;

 private:
  struct Direction {
    Tls13Keys::Secret secret{};
    std::size_t secret_size = 0;
    std::uint64_t records = 0;  // protected by the secret
  };

  static void on_key(const SSL* ssl, const char* line);
  static void on_message(int sent, int version, int type, const void* bytes, std::size_t size,
                         SSL* ssl, void* self);
  void received(int type, const unsigned char* bytes, std::size_t size);

  Direction reads_;
  Direction writes_;
  std::size_t record_size_ = 0;      // of the record that was received last
  bool keys_updated_ = false;        // by the peer
  std::int64_t handshake_left_ = 0;  // bytes of messages or padding since the last message
};

}  // namespace cppworker::net
