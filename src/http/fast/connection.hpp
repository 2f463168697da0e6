#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "http/fast/io_result.hpp"
#include "http/fast/patience.hpp"
#include "net/socket_address.hpp"

namespace cppworker::http::fast {

class FastEngine;

/// One socket, with or without TLS, registered with the poller once. Its operations are called by
/// one coroutine at a time and suspend it; they throw StopUser, after which the connection is of
/// no more use. OpenSSL runs on the scheduler's own stack.
class Connection final : private coro::FdHandler {
 public:
  explicit Connection(FastEngine& engine) : engine_(engine) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  IoResult open(const net::SocketAddress& address, Patience& patience);
  struct TlsPeer {
    const std::string& host;  ///< that the certificate is for; an IPv6 address as in URLs
    bool verify = false;
  };
  /// @param session to resume, may be null
  IoResult start_tls(SSL_CTX& context, const TlsPeer& peer, SSL_SESSION* session,
                     Patience& patience);

  /// One system call if the kernel takes it all. `head` may be the engine's buffer.
  IoResult send(std::string_view head, std::string_view body, Patience& patience);
  /// Until there is something to receive; kDone, kTimedOut or kStopped.
  IoResult::Kind wait_readable(Patience& patience) {
    return readable_ ? IoResult::Kind::kDone : wait(Direction::kRead, patience);
  }
  /// Waits until there is something, then one system call. The bytes are the engine's, until the
  /// coroutine suspends.
  IoResult receive(std::string_view& bytes, Patience& patience);

  /// The answer was complete: what comes from now on comes unasked. Gives back TLS's buffers.
  void rest();
  /// After rest(): the server has neither closed it nor sent anything since. A system call only if
  /// an event says that there is something.
  [[nodiscard]] bool usable();
  /// For the next connection to resume, when this one is to be closed; null without TLS. The caller
  /// owns it.
  [[nodiscard]] SSL_SESSION* tls_session() const;

 private:
  enum class Direction : std::uint8_t { kRead, kWrite };

  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  void prefetch() const override;
  /// Until the direction may go on; kDone, kTimedOut or kStopped.
  IoResult::Kind wait(Direction direction, Patience& patience);
  /// Before each read or write that follows another without a wait: lets the others run now and
  /// then. False when the user is to stop.
  bool share_thread();
  void close();
  IoResult send_rest(std::string_view head, std::string_view body, Patience& patience);
  IoResult send_tls(std::string_view bytes, Patience& patience);
  IoResult receive_tls(std::string_view& bytes, Patience& patience);
  /// Waits for what a TLS call wants, or says that the connection has ended.
  IoResult after_tls(int error, Patience& patience);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  FastEngine& engine_;
  coro::Coroutine* waiter_ = nullptr;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  int fd_ = -1;
  Direction wanted_ = Direction::kRead;
  std::uint8_t turns_ = 0;  // reads and writes since the last wait
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;  // the server sends no more
};

}  // namespace cppworker::http::fast
