#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "http/failure.hpp"
#include "http/own/deadline.hpp"
#include "net/socket_address.hpp"
#include "net/tls_stream.hpp"

namespace cppworker::http::own {

class OwnEngine;

/// The bytes of a request that are still to be sent.
class Upload {
 public:
  /// Neither is copied before the connection has to wait. @param body valid until done()
  Upload(std::string_view head, std::string_view body) : head_(head), body_(body) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  [[nodiscard]] bool done() const { return head_.empty() && body_.empty(); }

 private:
  friend class Connection;
  /// `count` bytes have been sent.
  void advance(std::size_t count);
  /// Copies the head: it may be in the engine's buffer, which other coroutines use.
  void keep_head();

  std::string_view head_;
  std::string_view body_;
  std::string kept_;
};

/// One socket, with or without TLS, which is registered with the poller once. Its operations are
/// called by one coroutine at a time and suspend it. They throw StopUser; the connection can't be
/// used after that. A failure says in which phase of an exchange it happened, except for those of
/// receive() and wait_readable(), which don't know it.
class Connection final : private coro::FdHandler {
 public:
  explicit Connection(OwnEngine& engine) : engine_(engine) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Failure open(const net::SocketAddress& address, Deadline& deadline);
  /// The deadline's timeout is for each wait.
  /// @param resumed a session to resume, may be null
  Failure start_tls(SSL_CTX& context, const net::TlsStream::Peer& peer, SSL_SESSION* resumed,
                    Deadline& deadline);

  /// Sends the request; makes one system call if the kernel accepts all bytes. Returns early,
  /// without a failure, when the server sends something before it has taken all: see receive_now().
  Failure send(Upload& upload, Deadline& deadline);
  /// Waits until there is something to receive.
  Failure wait_readable(Deadline& deadline) {
    return readable_ ? Failure{} : wait(Direction::kRead, deadline);
  }
  /// Waits until there is something to receive, then makes one system call. The bytes are in the
  /// engine's buffer, valid until the coroutine suspends.
  Failure receive(std::string_view& bytes, Deadline& deadline);
  /// The same without a wait for the first byte: `bytes` is empty if there is none.
  Failure receive_now(std::string_view& bytes, Deadline& deadline);

  /// The response is complete: bytes that arrive from now on, or that have arrived already, are
  /// unsolicited. Frees memory that TLS does not need while the connection is idle.
  void set_idle();
  /// Whether an idle connection can be used: the server has neither closed it nor sent anything
  /// since the last response. Makes a system call only after an event.
  /// @param checks_always makes one also if an event may not have been noticed, because the loop
  ///   has not turned for some time
  [[nodiscard]] bool usable(bool checks_always);
  /// The connection is not used for another request, whatever the response allows.
  void forbid_reuse() { may_be_reused_ = false; }
  [[nodiscard]] bool may_be_reused() const { return may_be_reused_; }
  /// For the next connection to resume, when this one is to be closed; null without TLS.
  [[nodiscard]] net::TlsSession tls_session() const;

 private:
  enum class Direction : std::uint8_t { kRead, kWrite, kAny };

  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  /// Waits until the socket is ready in that direction.
  Failure wait(Direction direction, Deadline& deadline);
  [[nodiscard]] bool is_ready(Direction direction) const;
  /// Called before each read or write that follows another without a wait: lets other coroutines
  /// run from time to time.
  Failure share_thread();
  void close();
  Failure send_some(Upload& upload, bool& would_block);
  Failure send_tls(Upload& upload, bool& would_block, Deadline& deadline);
  /// One system call. kNone and no bytes: there are none.
  Failure read(std::string_view& bytes, Deadline& deadline);
  Failure read_tls(std::string_view& bytes, Deadline& deadline);
  static Failure tls_failed(const net::TlsError& error);

  OwnEngine& engine_;
  net::TlsStream tls_;  // not open: plain HTTP
  coro::TimePoint idle_since_{};
  int fd_ = -1;
  Direction wanted_ = Direction::kRead;
  std::uint8_t turns_ = 0;  // reads and writes since the last wait
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;  // the server has ended its side
  bool may_be_reused_ = true;
};

}  // namespace cppworker::http::own
