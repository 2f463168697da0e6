#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "net/deadline.hpp"
#include "net/failure.hpp"
#include "net/sink.hpp"
#include "net/socket_address.hpp"
#include "net/tls_stream.hpp"
#include "net/upload.hpp"

namespace cppworker::net {

/// One socket, with or without TLS, which is registered with the poller once. It belongs to one
/// thread with a scheduler; dial() makes a connected one.
///
/// It has two ways of use:
/// - A coroutine calls send() and receive(), for protocols in which nothing arrives unasked (HTTP).
///   One coroutine at a time; the calls suspend it. They throw StopUser; the connection can't be
///   used after that.
/// - A Sink gets whatever arrives (see set_sink()), and write() sends from any stack. Without a
///   sink, one coroutine may call receive() while others call write() and wait_sent().
///
/// close() may be called on any stack, also while coroutines are in a call: the call returns
/// kClosed. So does the destructor, but only wait_sent() may outlive the connection. Keep it until
/// other calls have returned.
class Connection : private coro::FdHandler {
 public:
  Connection();
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Opening. dial() does it for a host name.

  /// Connects to an address. To be called once, as adopt().
  Failure open(const SocketAddress& address, Deadline& deadline);
  /// Begins to connect and does not suspend. The connection has been established or has failed when
  /// is_writable(); then call finish_open().
  Failure begin_open(const SocketAddress& address);
  Failure finish_open();
  /// Takes a connected, non-blocking socket. It is registered with the poller at the first wait, so
  /// this may be called outside of the scheduler.
  void adopt(int fd);
  /// @param context see TlsContexts
  /// @param resumed a session to resume, may be null
  /// @param extras see TlsStream::set(), which may throw Error
  /// @param deadline its timeout is for each wait
  Failure start_tls(SSL_CTX& context, const TlsStream::Peer& peer, SSL_SESSION* resumed,
                    const TlsStream::Extras& extras, Deadline& deadline);
  [[nodiscard]] bool has_tls() const { return tls_.is_open(); }
  /// The protocol that the server has chosen; "": none. Right after start_tls() or dial().
  [[nodiscard]] std::string alpn_protocol() const;

  // For a coroutine. Not after set_sink().

  /// Sends the message; makes one system call if the kernel accepts all bytes. Returns early,
  /// without a failure, when the peer sends something before it has taken all: see receive_now().
  Failure send(Upload& upload, Deadline& deadline);
  /// Waits until there is something to receive.
  Failure wait_readable(Deadline& deadline) {
    return readable_ ? Failure{} : wait(Direction::kRead, deadline);
  }
  /// Waits until there is something to receive, then makes one system call. The bytes are in
  /// receive_buffer(), valid until the coroutine suspends.
  Failure receive(std::string_view& bytes, Deadline& deadline);
  /// The same without a wait for the first byte: `bytes` is empty if there is none. After
  /// look_again() it makes a system call although no event has come.
  Failure receive_now(std::string_view& bytes, Deadline& deadline);
  void look_again() {
    readable_ = true;
    turns_ = 0;
  }
  /// Call it before each of many reads or writes that follow each other without a wait: lets other
  /// coroutines run from time to time. send() and receive() do so. kClosed: one of them has called
  /// close().
  Failure share_thread();
  /// When the bytes of the last receive() arrived: the turn of the scheduler in which the first of
  /// them were noticed, also if nobody waited for them. At most an hour ago.
  [[nodiscard]] coro::TimePoint arrived_at() const;
  /// Frees memory that TLS does not need while the connection is idle.
  void set_idle();

  // Any stack of the connection's thread, also inside of the sink's functions.

  /// From now on, everything that arrives goes to `sink`, in the turn of the scheduler in which it
  /// arrives; never inside of this call. No coroutine may be in a call of this connection. A peer
  /// that sends without a pause is read at most kTurns times in a row; then other users have their
  /// turn.
  /// @param sink must live until on_end() or close(); replaces an earlier one
  void set_sink(Sink& sink);
  /// Sends at once what the kernel takes, and the rest when the socket becomes writable. Takes all
  /// bytes, so bound unsent(). Does not suspend, and does not call the sink.
  /// @returns a failure if the connection can't be written to any more; the sink's on_end() follows
  ///   unless it was called already
  Failure write(std::string_view bytes);
  /// After the unsent bytes: sends a close_notify with TLS, then the end of the connection. The
  /// peer can still send. No write() follows.
  void end_writing();
  /// The number of bytes of write() that the kernel has not taken yet.
  [[nodiscard]] std::size_t unsent() const;
  /// Whether write() or end_writing() has left something for later.
  [[nodiscard]] bool is_sending() const;
  /// Suspends the calling coroutine until is_sending() is false. Several coroutines may wait. If
  /// the connection ends, is closed or destroyed meanwhile: its failure, or kClosed. Throws
  /// StopUser.
  Failure wait_sent(Deadline& deadline);
  /// With TLS, before close(): sends a close_notify, if the socket takes it and nothing is unsent.
  /// Reads and drops what has arrived, because close() would otherwise reset the connection.
  void send_end();

  /// Closes the socket: unsent bytes are lost, and the sink gets no further call. Resumes the
  /// coroutines that wait. Any stack, also without a sink.
  void close();
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }
  /// For the next connection to resume, when this one is to be closed; null without TLS.
  [[nodiscard]] TlsSession tls_session() const;

  /// Reads or writes without a wait before other coroutines run: a fast peer must not hold the
  /// thread for more than 1 MiB.
  static constexpr std::uint8_t kTurns = 16;

  // For dial(), which waits for several connections at once.
  [[nodiscard]] bool is_writable() const { return writable_; }
  void set_writable_waiter(coro::Coroutine* waiter);

 protected:
  /// The peer has neither closed the connection nor sent anything that was not received. Makes a
  /// system call only after an event.
  /// @param checks_always makes one also without an event
  [[nodiscard]] bool is_silent(bool checks_always);

 private:
  enum class Direction : std::uint8_t { kRead, kWrite, kAny };
  class Passive;

  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  /// Waits until the socket is ready in that direction.
  Failure wait(Direction direction, Deadline& deadline);
  [[nodiscard]] bool is_ready(Direction direction) const;
  Failure watch();
  Failure send_some(Upload& upload, bool& would_block);
  Failure send_tls(Upload& upload, bool& would_block, Deadline& deadline);
  /// One system call. kNone and no bytes: there are none.
  Failure read(std::string_view& bytes, Deadline& deadline);
  /// The same for any stack. @param wants_write set if TLS has to send something first
  Failure read_now(std::string_view& bytes, bool& wants_write);
  Failure read_tls(std::string_view& bytes, bool& wants_write);

  // For write() and sinks: connection_passive.cpp.
  Passive& passive();
  void serve();
  void deliver();
  [[nodiscard]] bool watching_reports() const;
  void flush();
  void flush_end();
  std::size_t write_now(std::string_view bytes);
  void write_failed(int error);
  void end(const Failure& failure);

  TlsStream tls_;                     // not open: no TLS
  std::unique_ptr<Passive> passive_;  // null: no sink, and write() has left nothing
  int fd_ = -1;
  Direction wanted_ = Direction::kRead;
  std::uint8_t turns_ = 0;  // reads and writes since the last wait
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;          // the peer has ended its side
  bool watched_ = false;          // registered with the poller
  std::uint32_t arrived_us_ = 0;  // see arrived_at(); the low bits, to save memory
};

}  // namespace cppworker::net
