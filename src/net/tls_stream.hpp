#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "net/tls_error.hpp"

namespace cppworker::net {

struct FreeTlsSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
/// A TLS session that a later connection can resume.
using TlsSession = std::unique_ptr<SSL_SESSION, FreeTlsSession>;

/// The client side of TLS on a connected, non-blocking socket. No operation waits: it returns what
/// the socket has to become first. The operations are called by a coroutine and run OpenSSL on the
/// scheduler's own stack, because it needs more stack than a user may have.
class TlsStream {
 public:
  enum class Kind : std::uint8_t {
    kDone,
    kWantsRead,   ///< call again when the socket is readable
    kWantsWrite,  ///< call again when the socket is writable
    kClosed,      ///< the peer has closed the connection
    kFailed       ///< `error` says why
  };
  struct Result {
    Kind kind = Kind::kDone;
    std::size_t size = 0;  ///< bytes read or written
    TlsError error{};      ///< of kFailed
  };
  struct Peer {
    const std::string& host;  ///< that the certificate is for; an IPv6 address as in URLs
    bool verify = false;
  };

  TlsStream() = default;
  ~TlsStream() = default;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Before handshake(). False: out of memory.
  /// @param fd owned by the caller, who closes it after close()
  /// @param resumed a session to resume, may be null
  /// @pre !is_open()
  [[nodiscard]] bool open(SSL_CTX& context, int fd, const Peer& peer, SSL_SESSION* resumed);
  [[nodiscard]] bool is_open() const { return ssl_ != nullptr; }
  /// Sends nothing, as Python's clients; the session can still be resumed. Does nothing if it isn't
  /// open. Any stack.
  void close();

  // @pre is_open()
  Result handshake();
  Result read(std::span<char> buffer);
  /// Writes some of `bytes`. A repeated call must continue with the same bytes; they may have
  /// moved. @pre !bytes.empty()
  Result write(std::string_view bytes);
  /// Whether received bytes are waiting here or may be waiting in the socket. If not, the next
  /// bytes cause a new event of the socket.
  [[nodiscard]] bool may_have_more() const;
  /// Whether the peer has sent nothing, not even a part of a record; processes session tickets.
  [[nodiscard]] bool silent();
  /// Frees the buffers of an idle connection, for reading and for writing.
  void free_buffers();
  /// Null before the end of the handshake.
  [[nodiscard]] TlsSession session() const;

 private:
  /// The socket, for OpenSSL.
  struct Socket {
    int fd = -1;
    bool emptied = false;  // the last read took all bytes that had come
    bool ended = false;    // the peer has closed its side
  };
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

  Socket socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace cppworker::net
