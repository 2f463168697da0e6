#pragma once

#include <cstdint>
#include <string_view>

#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "http/fast/deadline.hpp"
#include "http/fast/io_result.hpp"
#include "net/socket_address.hpp"
#include "net/tls_stream.hpp"

namespace cppworker::http::fast {

class FastEngine;

/// One socket, with or without TLS, which is registered with the poller once. Its operations are
/// called by one coroutine at a time and suspend it. They throw StopUser; the connection can't be
/// used after that.
class Connection final : private coro::FdHandler {
 public:
  explicit Connection(FastEngine& engine) : engine_(engine) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  IoResult open(const net::SocketAddress& address, Deadline& deadline);
  /// @param resumed a session to resume, may be null
  IoResult start_tls(SSL_CTX& context, const net::TlsStream::Peer& peer, SSL_SESSION* resumed,
                     Deadline& deadline);

  /// Makes one system call if the kernel accepts all bytes. `head` may be the engine's buffer.
  IoResult send(std::string_view head, std::string_view body, Deadline& deadline);
  /// Waits until there is something to receive. Returns kDone, kTimedOut or kStopped.
  IoResult::Kind wait_readable(Deadline& deadline) {
    return readable_ ? IoResult::Kind::kDone : wait(Direction::kRead, deadline);
  }
  /// Waits until there is something to receive, then makes one system call. The bytes are in the
  /// engine's buffer, valid until the coroutine suspends.
  IoResult receive(std::string_view& bytes, Deadline& deadline);

  /// The response is complete: bytes that arrive from now on are unsolicited. Frees TLS's buffers.
  void set_idle();
  /// Whether an idle connection can be used: the server has neither closed it nor sent anything
  /// since set_idle(). Makes a system call only after an event.
  [[nodiscard]] bool usable();
  /// For the next connection to resume, when this one is to be closed; null without TLS.
  [[nodiscard]] net::TlsSession tls_session() const;

 private:
  enum class Direction : std::uint8_t { kRead, kWrite };

  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  /// Waits until the socket is ready in that direction. Returns kDone, kTimedOut or kStopped.
  IoResult::Kind wait(Direction direction, Deadline& deadline);
  /// Called before each read or write that follows another without a wait: lets other coroutines
  /// run from time to time. False: the user is being stopped.
  bool share_thread();
  void close();
  IoResult send_rest(std::string_view head, std::string_view body, Deadline& deadline);
  IoResult send_tls(std::string_view bytes, Deadline& deadline);
  IoResult receive_tls(std::string_view& bytes, Deadline& deadline);
  static IoResult tls_failed(const net::TlsError& error, std::string_view host);
  /// Waits until the socket is as an operation of TLS wants it. @param wanted kWantsRead or
  /// kWantsWrite
  IoResult::Kind wait_for(net::TlsStream::Kind wanted, Deadline& deadline);

  FastEngine& engine_;
  net::TlsStream tls_;  // not open: plain HTTP
  int fd_ = -1;
  Direction wanted_ = Direction::kRead;
  std::uint8_t turns_ = 0;  // reads and writes since the last wait
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;  // the server has ended its side
};

}  // namespace cppworker::http::fast
