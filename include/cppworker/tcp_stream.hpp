#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// A connection that could not be made or has failed; the text says what and with whom.
class CPPWORKER_EXPORT TcpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing has happened on the connection for the stream's timeout.
class CPPWORKER_EXPORT TcpTimeout : public TcpError {
 public:
  using TcpError::TcpError;
};

/// The other side has closed the connection where more was expected.
class CPPWORKER_EXPORT TcpClosed : public TcpError {
 public:
  using TcpError::TcpError;
};

/// A TCP connection with calls that look blocking and suspend only the calling user; for protocols
/// that are simple enough to be spoken by hand. Owned by one user (or coroutine) of one shard.
///
/// Every suspending call throws StopUser when the user is stopped, TcpTimeout when nothing moves
/// for `timeout`, TcpError when the connection fails or when it can't wait because an exception
/// unwinds the stack of a stopped user. After an exception close() is all that is left to do.
class CPPWORKER_EXPORT TcpStream {
 public:
  /// Not connected: every use throws TcpError.
  TcpStream() = default;
  /// Looks the name up (a shard's users share the answer, which is kept for a second), tries its
  /// addresses in turn, the next one when 250 ms brought no answer, and takes the first that
  /// accepts. The next stream begins with the next address. `host` may be an address, IPv6 with or
  /// without brackets and with its interface: "fe80::1%eth0". `timeout` is for all of it; later it
  /// is the longest that one read or write waits.
  TcpStream(const std::string& host, std::uint16_t port, Seconds timeout = Seconds{60});
  /// Takes a connected socket over and makes it non-blocking.
  static TcpStream from_fd(int fd, Seconds timeout = Seconds{60});
  ~TcpStream();
  TcpStream(TcpStream&& other) noexcept;
  TcpStream& operator=(TcpStream&& other) noexcept;

  /// Waits until there is something and reads it, at most `buffer.size()` bytes; 0 at the end of
  /// the stream.
  [[nodiscard]] std::size_t read_some(std::span<char> buffer);
  /// The same as text; "" at the end.
  [[nodiscard]] std::string read_some(std::size_t max = 65536);
  /// Throws TcpClosed when the stream ends before.
  [[nodiscard]] std::string read_exactly(std::size_t size);
  /// Up to and with `delimiter`; what follows is kept for the next read. Throws TcpClosed when the
  /// stream ends before, TcpError when it doesn't come within `max` bytes.
  [[nodiscard]] std::string read_until(std::string_view delimiter, std::size_t max = 1 << 20);
  void write_all(std::string_view data);
  /// Suspends until a read would return something (or fail) without waiting: at once if a read has
  /// kept what it did not need.
  /// @returns false after `timeout` (0: looks once), or when the user is being stopped while an
  ///   exception unwinds its stack.
  [[nodiscard]] bool wait_readable(Seconds timeout = forever) const;
  /// Tells the other side that nothing more will come; reading goes on.
  void shutdown_write();
  void close();

  void set_timeout(Seconds timeout) { timeout_ = timeout; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  /// The file descriptor, for setsockopt(); still the stream's. Whether it is readable says little,
  /// as the stream reads ahead: ask the stream's own wait_readable().
  [[nodiscard]] int native_handle() const { return fd_; }
  int fd() const = delete;  // use stream.wait_readable(timeout); for setsockopt() native_handle()

 private:
  std::size_t receive(std::span<char> buffer);
  void fill();
  void wait(bool readable, const char* doing) const;

  int fd_ = -1;
  Seconds timeout_{60};
  std::string peer_;    // "host:port", for messages
  std::string buffer_;  // received and not yet read
};

}  // namespace cppworker
