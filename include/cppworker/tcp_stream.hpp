#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/tls.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

namespace detail {
struct TcpTls;
}
namespace net {
class Connection;
class Deadline;
struct Failure;
}  // namespace net

/// Connecting has failed, or a connection has. The text has the operation, the peer and the cause.
class CPPWORKER_EXPORT TcpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The stream's timeout has passed without progress on the connection.
class CPPWORKER_EXPORT TcpTimeout : public TcpError {
 public:
  using TcpError::TcpError;
};

/// The peer has closed the connection before all expected bytes had arrived, or another coroutine
/// has closed the stream during a call.
class CPPWORKER_EXPORT TcpClosed : public TcpError {
 public:
  using TcpError::TcpError;
};

/// The settings of a TcpStream.
struct TcpOptions {
  /// The limit for lookup, connecting and the TLS handshake together; later for each read or write.
  Seconds timeout{60};
  std::optional<Tls> tls{};  ///< none: no TLS
};

/// A TCP connection, with or without TLS, for protocols that are simple enough to implement in a
/// locustfile. Its calls look blocking, but suspend only the calling coroutine. One user of one
/// shard owns it. One coroutine may read while another one writes (see gather()).
///
/// Connecting, reading and writing suspend and may throw:
/// - StopUser if the user is stopped,
/// - TcpTimeout if there is no progress for `timeout`,
/// - TcpError if the connection fails, or if waiting is impossible because an exception is
///   unwinding the stack of a stopped user.
///
/// After an exception, close the stream or destroy it.
///
/// Another coroutine of the user may close, destroy or replace the stream while a call waits: the
/// call throws TcpClosed.
///
/// The texts of TLS failures are those of FastHttpUser, and of Python:
/// `SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] …')`. A peer that ends a TLS
/// connection without a close_notify has closed it, as for Python's sockets. Your protocol must
/// check whether the last message is complete.
class CPPWORKER_EXPORT TcpStream {
 public:
  /// Not connected: reading and writing throw TcpError.
  TcpStream();
  /// Looks up the name and connects. Suspends.
  /// - The users of a shard share the result of a lookup, which is cached for a second.
  /// - The addresses are tried in turn, the next one if there is no answer after 250 ms. The stream
  ///   uses the first address that accepts. The next stream begins with the next address.
  /// @param host a name or an address; an IPv6 address with or without brackets, and with an
  ///   interface if necessary: "fe80::1%eth0"
  /// @param timeout the limit for lookup and connecting together; later for each read or write
  TcpStream(const std::string& host, std::uint16_t port, Seconds timeout = Seconds{60});
  /// The same with more settings: `TcpStream(host, port, {.timeout = 5s, .tls = Tls{}})`. Throws
  /// Error if a file of the TLS settings can't be read.
  TcpStream(const std::string& host, std::uint16_t port, const TcpOptions& options);
  /// Takes ownership of a connected socket and makes it non-blocking. Does not suspend.
  static TcpStream from_fd(int fd, Seconds timeout = Seconds{60});
  ~TcpStream();
  TcpStream(TcpStream&& other) noexcept;
  TcpStream& operator=(TcpStream&& other) noexcept;

  /// Begins TLS on a connection without TLS, as protocols with STARTTLS do after they have agreed
  /// on it. Suspends until the end of the handshake. Throws Error if a file of the settings can't
  /// be read, and TcpError if the peer has sent something that is not read yet. If the handshake
  /// or a file fails, the connection is closed, so that nothing is sent without TLS.
  /// @param tls needs a server_hostname if the stream is one of from_fd()
  void start_tls(const Tls& tls = {});
  /// The protocol of Tls::alpn that the server has chosen; "": none.
  [[nodiscard]] std::string selected_alpn_protocol() const;

  /// Waits for data and reads at most `buffer.size()` bytes of it. Returns the number of bytes
  /// read; 0 at the end of the stream.
  [[nodiscard]] std::size_t read_some(std::span<char> buffer);
  /// Like the other read_some(), at most `max` bytes; returns the data, "" at the end of the
  /// stream.
  [[nodiscard]] std::string read_some(std::size_t max = 65536);
  /// Reads `size` bytes. Throws TcpClosed if the stream ends before that.
  [[nodiscard]] std::string read_exactly(std::size_t size);
  /// Reads up to `delimiter`, inclusive. Data after it is kept for the next read. Throws TcpClosed
  /// if the stream ends before the delimiter, and TcpError if it is not within the first `max`
  /// bytes.
  [[nodiscard]] std::string read_until(std::string_view delimiter, std::size_t max = 1 << 20);
  /// Writes all of `data`.
  void write_all(std::string_view data);
  /// Suspends until a read would return data, or fail, without waiting. Returns at once if an
  /// earlier read has kept data.
  /// @returns false after `timeout` (0: does not suspend), or if the user is being stopped while an
  ///   exception is unwinding its stack
  [[nodiscard]] bool wait_readable(Seconds timeout = forever);
  /// Signals the end of the data to the peer. Reading continues to work. Suspends only with TLS,
  /// while the socket's send buffer is full.
  void shutdown_write();
  /// Closes the connection; with TLS, sends a close_notify if the socket takes it. Does not
  /// suspend.
  void close();

  /// The limit for each later read or write.
  void set_timeout(Seconds timeout) { timeout_ = timeout; }
  [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
  /// The file descriptor, for setsockopt(). The stream still owns it. Do not wait for it: the
  /// stream reads ahead, so call wait_readable() instead. -1: not open.
  [[nodiscard]] int native_handle() const;
  int fd() const = delete;  // use stream.wait_readable(timeout); for setsockopt() native_handle()

 private:
  class Call;

  net::Connection& socket(const char* doing) const;
  static net::Failure receive(const Call& call, net::Deadline& deadline);
  bool receive();
  void fill();
  void wait_sent(const Call& call);
  [[noreturn]] void fail(const char* doing, const net::Failure& failure) const;

  Seconds timeout_{60};
  std::string peer_;    // "host:port", for messages
  std::string buffer_;  // received and not yet read
  std::unique_ptr<net::Connection> connection_;
  std::unique_ptr<const detail::TcpTls> tls_;  // null: no TLS
  std::unique_ptr<const net::Failure> end_;    // how reading has ended; null: it has not
  Call* calls_ = nullptr;                      // in which coroutines are now
};

}  // namespace cppworker
