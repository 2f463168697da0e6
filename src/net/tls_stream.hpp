#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include <cppworker/tls.hpp>

#include "net/tls13_stream.hpp"
#include "net/tls_handover.hpp"
#include "net/tls_result.hpp"
#include "net/tls_socket.hpp"

namespace cppworker::net {

struct FreeTlsSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
/// A TLS session that a later connection can resume.
using TlsSession = std::unique_ptr<SSL_SESSION, FreeTlsSession>;

/// The client side of TLS on a connected, non-blocking socket. No operation waits: it returns what
/// the socket has to become first. The operations are called by a coroutine and run on the
/// scheduler's own stack, because OpenSSL needs more stack than a user may have.
///
/// OpenSSL performs the handshake and the first exchange. Its objects take 18 KB per connection.
/// Therefore the first set_idle() of a TLS 1.3 connection replaces them with a Tls13Stream (0.4
/// KB), with the help of TlsHandover. TLS 1.2 and rare cipher suites stay with OpenSSL.
class TlsStream {
 public:
  using Result = TlsResult;
  using Kind = TlsResult::Kind;
  struct Peer {
    const std::string& host;  ///< that the certificate is for; an IPv6 address as in URLs
    bool verify = false;
  };
  /// What one connection has of its own.
  struct Extras {
    const Cert* cert = nullptr;  ///< null: that of the context
    std::span<const std::string> alpn{};
  };

  TlsStream() = default;
  ~TlsStream() = default;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// The settings of a context for open() that all connections need.
  static void prepare(SSL_CTX& context);

  /// Before handshake(). False: out of memory.
  /// @param context after prepare()
  /// @param fd owned by the caller, who closes it after close()
  /// @param resumed a session to resume, may be null
  /// @pre !is_open()
  [[nodiscard]] bool open(SSL_CTX& context, int fd, const Peer& peer, SSL_SESSION* resumed);
  [[nodiscard]] bool is_open() const { return ssl_ != nullptr || own_ != nullptr; }
  /// Sends nothing, as Python's clients; the session can still be resumed. Does nothing if it isn't
  /// open. Any stack.
  void close();

  /// Before handshake(), after open(). Throws Error (unreadable files, an impossible protocol
  /// name).
  void set(const Extras& extras);
  /// The protocol that the server has chosen; "": none. After handshake(), before set_idle().
  [[nodiscard]] std::string alpn_protocol() const;

  // @pre is_open()
  Result handshake();
  /// @param buffer at least kReadMin
  Result read(std::span<char> buffer);
  /// Writes some of `bytes`. A repeated call must continue with the same bytes; they may have
  /// moved. @pre !bytes.empty()
  Result write(std::string_view bytes);
  /// Whether received bytes are waiting here or may be waiting in the socket. If not, the next
  /// bytes cause a new event of the socket.
  [[nodiscard]] bool may_have_more() const;
  /// Whether received bytes may be waiting here; they cause no event of the socket.
  [[nodiscard]] bool holds_bytes() const;
  /// Whether the peer has sent nothing, not even a part of a record; processes session tickets. If
  /// not, the connection can only be closed: what the peer has sent may be lost.
  [[nodiscard]] bool silent();
  /// Sends a close_notify: no write() follows. Does nothing if the last write is not complete or
  /// the connection has failed. kWantsWrite: call again. @pre the handshake is complete
  Result send_end();
  /// The connection becomes idle: frees what it can do without, OpenSSL's objects if possible. Any
  /// stack.
  void set_idle();
  /// Null before the end of the handshake, and when OpenSSL's objects have been freed: a connection
  /// that was kept is not resumed.
  [[nodiscard]] TlsSession session() const;

  static constexpr std::size_t kReadMin = Tls13Stream::kReadMin;

 private:
  // The socket, for OpenSSL.
  static BIO_METHOD* bio_method();
  static int read_socket(BIO* bio, char* buffer, int size);
  static int write_socket(BIO* bio, const char* bytes, int size);
  static long control_socket(BIO* bio, int command, long number, void* pointer);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  /// Runs one of OpenSSL's operations, which returns its result code.
  template <class Operation>
  Result run(const Operation& operation);
  void free_ssl();

  TlsSocket socket_;
  bool failed_ = false;                    // an operation of OpenSSL
  bool end_sent_ = false;                  // by send_end()
  bool write_pending_ = false;             // OpenSSL has encrypted bytes that are not sent yet
  std::unique_ptr<TlsHandover> handover_;  // while OpenSSL's objects may be replaced
  std::unique_ptr<SSL, FreeSsl> ssl_;      // null if own_ has replaced it
  std::unique_ptr<Tls13Stream> own_;
};

}  // namespace cppworker::net
