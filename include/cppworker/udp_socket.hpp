#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

/// An operation on a UdpSocket has failed. The text has the operation, the peer and the cause.
class CPPWORKER_EXPORT UdpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The lookup, send() or receive() has not ended within the timeout.
class CPPWORKER_EXPORT UdpTimeout : public UdpError {
 public:
  using UdpError::UdpError;
};

/// A UDP socket that is connected to one peer: it sends datagrams to this peer and receives
/// datagrams of this peer only. Its calls look blocking, but suspend only the calling coroutine.
/// One user of one shard owns it. One coroutine may receive while another one sends.
///
/// UDP can lose, duplicate or reorder datagrams. Your code must handle this: send a request again
/// after a UdpTimeout, and ignore answers that belong to an older request.
///
/// The constructor, send() and receive() suspend and may throw:
/// - StopUser if the user is stopped,
/// - UdpTimeout if the timeout passes,
/// - UdpError if the operation fails, or if waiting is impossible because an exception is unwinding
///   the stack of a stopped user.
///
/// The socket can be used after a UdpError of send() or receive(). For example, "Connection
/// refused" means that the peer's machine has answered an earlier datagram: no program has this
/// port.
class CPPWORKER_EXPORT UdpSocket {
 public:
  /// The largest datagram that can be sent over IPv4, in bytes. Datagrams larger than about 1400
  /// bytes are sent in fragments and are lost more often.
  static constexpr std::size_t kDatagramMax = 65507;

  /// Not connected: sending and receiving throw UdpError.
  UdpSocket() = default;
  /// Looks up the name and makes the socket; sends nothing. Suspends only for the lookup.
  /// - The users of a shard share the result of a lookup, which is cached for a second.
  /// - The socket uses the first address that this machine has a route to. The next socket begins
  ///   with the next address.
  /// @param host a name or an address; an IPv6 address with or without brackets, and with an
  ///   interface if necessary: "fe80::1%eth0"
  /// @param timeout the limit for the lookup; later for each send() or receive()
  UdpSocket(const std::string& host, std::uint16_t port, Seconds timeout = Seconds{60});
  ~UdpSocket();
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;

  /// Sends one datagram, which may be empty. Suspends only while the socket's send buffer is full.
  /// Throws UdpError for a datagram that is larger than kDatagramMax.
  void send(std::string_view datagram);
  /// Waits for a datagram and returns all of its bytes; "" for an empty one.
  [[nodiscard]] std::string receive() { return receive(timeout_); }
  /// The same with a timeout for this call. 0: does not suspend.
  [[nodiscard]] std::string receive(Seconds timeout);
  /// Suspends until receive() would return, or fail, without waiting.
  /// @returns false after `timeout` (0: does not suspend), or if the user is being stopped while an
  ///   exception is unwinding its stack
  [[nodiscard]] bool wait_readable(Seconds timeout = forever) const;
  /// Closes the socket. Does not suspend.
  void close();

  /// The limit for each later send() or receive().
  void set_timeout(Seconds timeout) { timeout_ = timeout; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  /// The file descriptor, for setsockopt(). The UdpSocket still owns it.
  [[nodiscard]] int native_handle() const { return fd_; }

 private:
  void share_thread();

  int fd_ = -1;
  Seconds timeout_{60};
  std::string peer_;    // "host:port", for messages
  unsigned turns_ = 0;  // operations since other coroutines could run
};

}  // namespace cppworker
