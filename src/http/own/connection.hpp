#pragma once

#include <string_view>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "http/failure.hpp"
#include "net/connection.hpp"
#include "net/deadline.hpp"
#include "net/socket_address.hpp"
#include "net/tls_stream.hpp"
#include "net/upload.hpp"

namespace cppworker::http::own {

using net::Deadline;
using net::Upload;

/// A connection of the pool. A failure says in which phase of an exchange it happened, except for
/// those of receive(), receive_now() and wait_readable(), which don't know it.
class Connection final : public net::Connection {
 public:
  Failure open(const net::SocketAddress& address, Deadline& deadline) {
    return failure_in(Failure::Phase::kConnect, net::Connection::open(address, deadline));
  }
  Failure start_tls(SSL_CTX& context, const net::TlsStream::Peer& peer, SSL_SESSION* resumed,
                    Deadline& deadline) {
    return failure_in(Failure::Phase::kTlsHandshake,
                      net::Connection::start_tls(context, peer, resumed, {}, deadline));
  }
  Failure send(Upload& upload, Deadline& deadline) {
    return failure_in(Failure::Phase::kSend, net::Connection::send(upload, deadline));
  }
  Failure wait_readable(Deadline& deadline) {
    return failure_in(Failure::Phase::kResponse, net::Connection::wait_readable(deadline));
  }
  Failure receive(std::string_view& bytes, Deadline& deadline) {
    return failure_in(Failure::Phase::kResponse, net::Connection::receive(bytes, deadline));
  }
  Failure receive_now(std::string_view& bytes, Deadline& deadline) {
    return failure_in(Failure::Phase::kResponse, net::Connection::receive_now(bytes, deadline));
  }

  /// The response is complete: bytes that arrive from now on, or that have arrived already, are
  /// unsolicited. Frees memory that TLS does not need while the connection is idle.
  void set_idle(const coro::Scheduler& scheduler);
  /// Whether an idle connection can be used: the server has neither closed it nor sent anything
  /// since the last response. Makes a system call only after an event.
  /// @param checks_always makes one also if an event may not have been noticed, because the loop
  ///   has not turned for some time
  [[nodiscard]] bool usable(coro::Scheduler& scheduler, bool checks_always);
  /// The connection is not used for another request, whatever the response allows.
  void forbid_reuse() { may_be_reused_ = false; }
  [[nodiscard]] bool may_be_reused() const { return may_be_reused_; }

 private:
  static Failure failure_in(Failure::Phase phase, const net::Failure& failure) {
    if (!failure) [[likely]] {
      return {};
    }
    return convert(phase, failure);
  }
  static Failure convert(Failure::Phase phase, const net::Failure& failure);

  bool may_be_reused_ = true;
  coro::TimePoint idle_since_{};
};

}  // namespace cppworker::http::own
