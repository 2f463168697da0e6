#include "http/fast/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.hpp"
#include "http/fast/fast_engine.hpp"
#include "http/fast/tls_failure.hpp"

namespace cppworker::http::fast {

namespace {

/// Reads or writes without a wait before other coroutines run: a fast peer must not hold the thread
/// for more than 1 MiB.
constexpr std::uint8_t kTurns = 16;

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

IoResult of_kind(IoResult::Kind kind) { return {.kind = kind}; }

}  // namespace

Connection::~Connection() { close(); }

void Connection::close() {
  tls_.close();
  waiter_ = nullptr;
  if (fd_ >= 0) {
    engine_.unwatch(fd_);
    ::close(std::exchange(fd_, -1));
  }
}

void Connection::on_fd_ready([[maybe_unused]] int fd, std::uint32_t events) {
  DCHECK(fd == fd_);
  const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
  hung_up_ = hung_up_ || broken || (events & EPOLLRDHUP) != 0;
  readable_ = readable_ || hung_up_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || broken || (events & EPOLLOUT) != 0;
  if (waiter_ != nullptr && (wanted_ == Direction::kRead ? readable_ : writable_)) {
    std::exchange(waiter_, nullptr)->resume();
  }
}

bool Connection::share_thread() {
  if (++turns_ < kTurns) {
    return true;
  }
  turns_ = 0;
  return coro::this_coroutine::yield();
}

IoResult::Kind Connection::wait(Direction direction, Deadline& deadline) {
  DCHECK(fd_ >= 0);
  DCHECK(waiter_ == nullptr);  // one coroutine at a time
  wanted_ = direction;
  turns_ = 0;
  const bool& ready = direction == Direction::kRead ? readable_ : writable_;
  while (!ready) {
    if (deadline.passed()) {
      return IoResult::Kind::kTimedOut;
    }
    waiter_ = &deadline.self();
    const bool goes_on = deadline.wait();
    waiter_ = nullptr;
    if (!goes_on) {
      return IoResult::Kind::kStopped;
    }
  }
  return IoResult::Kind::kDone;
}

IoResult Connection::open(const net::SocketAddress& address, Deadline& deadline) {
  DCHECK(fd_ < 0);
  fd_ = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return IoResult::of_errno(errno);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    return IoResult::of_errno(errno);
  }
  try {
    engine_.scheduler().watch(fd_, kEvents, *this);
  } catch (const std::system_error& error) {
    return IoResult::of_errno(error.code().value());
  }
  if (const auto kind = wait(Direction::kWrite, deadline); kind != IoResult::Kind::kDone) {
    return of_kind(kind);
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    error = errno;
  }
  return error == 0 ? IoResult{} : IoResult::of_errno(error);
}

IoResult Connection::send(std::string_view head, std::string_view body, Deadline& deadline) {
  DCHECK(fd_ >= 0 && !head.empty());
  if (tls_.is_open()) {
    if (body.empty()) {
      return send_tls(head, deadline);
    }
    return send_tls(std::string(head).append(body), deadline);
  }
  ssize_t sent = 0;
  if (body.empty()) {
    sent = ::send(fd_, head.data(), head.size(), MSG_NOSIGNAL);
  } else {
    std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},    // NOLINT
                                {const_cast<char*>(body.data()), body.size()}}};  // NOLINT: C
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
  }
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    return IoResult::of_errno(errno);
  }
  const auto size = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  if (size == head.size() + body.size()) {
    return {};
  }
  if (size >= head.size()) {
    return send_rest({}, body.substr(size - head.size()), deadline);
  }
  return send_rest(std::string(head.substr(size)), body, deadline);
}

IoResult Connection::send_rest(std::string_view head, std::string_view body, Deadline& deadline) {
  for (std::string_view bytes : {head, body}) {
    while (!bytes.empty()) {
      if (!share_thread()) {
        return of_kind(IoResult::Kind::kStopped);
      }
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        writable_ = false;
        if (const auto kind = wait(Direction::kWrite, deadline); kind != IoResult::Kind::kDone) {
          return of_kind(kind);
        }
      } else if (errno != EINTR) {
        return IoResult::of_errno(errno);
      }
    }
  }
  return {};
}

IoResult Connection::receive(std::string_view& bytes, Deadline& deadline) {
  if (!readable_) {
    if (const auto kind = wait(Direction::kRead, deadline); kind != IoResult::Kind::kDone) {
      return of_kind(kind);
    }
  } else if (!share_thread()) {
    return of_kind(IoResult::Kind::kStopped);
  }
  if (tls_.is_open()) {
    return receive_tls(bytes, deadline);
  }
  const std::span<char> buffer = engine_.receive_buffer();
  for (;;) {
    const ssize_t received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (received > 0) {
      const auto size = static_cast<std::size_t>(received);
      // A short read has emptied the socket: more bytes cause a new event. The end of the
      // connection doesn't, if its event has come already.
      readable_ = hung_up_ || size == buffer.size();
      bytes = {buffer.data(), size};
      return {};
    }
    if (received == 0) {
      return of_kind(IoResult::Kind::kClosed);
    }
    if (errno == EAGAIN) {
      readable_ = false;
      if (const auto kind = wait(Direction::kRead, deadline); kind != IoResult::Kind::kDone) {
        return of_kind(kind);
      }
    } else if (errno != EINTR) {
      return IoResult::of_errno(errno);
    }
  }
}

void Connection::set_idle() {
  DCHECK(fd_ >= 0 && waiter_ == nullptr);
  readable_ = false;
  if (tls_.is_open()) {
    tls_.free_buffers();
  }
}

bool Connection::usable() {
  if (hung_up_) {
    return false;
  }
  if (!readable_) {
    return true;
  }
  char byte = 0;
  const bool silent = tls_.is_open()
                          ? tls_.silent()  // the event may have been a new session ticket
                          : ::recv(fd_, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
  readable_ = false;
  return silent;
}

IoResult Connection::start_tls(SSL_CTX& context, const net::TlsStream::Peer& peer,
                               SSL_SESSION* resumed, Deadline& deadline) {
  if (!tls_.open(context, fd_, peer, resumed)) {
    return IoResult::failed("MemoryError()");
  }
  for (;;) {
    const net::TlsStream::Result result = tls_.handshake();
    switch (result.kind) {
      case net::TlsStream::Kind::kDone:
        return {};
      case net::TlsStream::Kind::kFailed:
        return tls_failed(result.error, peer.host);
      case net::TlsStream::Kind::kClosed:
        return IoResult::failed(tls_closed_text());
      default:
        if (const auto kind = wait_for(result.kind, deadline); kind != IoResult::Kind::kDone) {
          return of_kind(kind);
        }
    }
  }
}

IoResult Connection::tls_failed(const net::TlsError& error, std::string_view host) {
  std::string failure;
  coro::this_coroutine::run_on_loop_stack([&] { failure = tls_failure(error, host); });
  return IoResult::failed(std::move(failure));
}

IoResult::Kind Connection::wait_for(net::TlsStream::Kind wanted, Deadline& deadline) {
  if (wanted == net::TlsStream::Kind::kWantsRead) {
    readable_ = false;
    return wait(Direction::kRead, deadline);
  }
  DCHECK(wanted == net::TlsStream::Kind::kWantsWrite);
  writable_ = false;
  return wait(Direction::kWrite, deadline);
}

IoResult Connection::send_tls(std::string_view bytes, Deadline& deadline) {
  std::string kept;
  while (!bytes.empty()) {
    const net::TlsStream::Result result = tls_.write(bytes);
    if (result.kind == net::TlsStream::Kind::kFailed) {
      return IoResult::of_errno(result.error.os_error != 0 ? result.error.os_error : EPIPE);
    }
    if (result.kind == net::TlsStream::Kind::kClosed) {
      return of_kind(IoResult::Kind::kClosed);
    }
    bytes.remove_prefix(result.size);
    if (bytes.empty()) {
      break;
    }
    if (kept.empty()) {  // the engine's buffer is not valid after a wait
      kept = bytes;
      bytes = kept;
    }
    if (result.kind == net::TlsStream::Kind::kDone) {
      if (!share_thread()) {
        return of_kind(IoResult::Kind::kStopped);
      }
    } else if (const auto kind = wait_for(result.kind, deadline); kind != IoResult::Kind::kDone) {
      return of_kind(kind);
    }
  }
  return {};
}

IoResult Connection::receive_tls(std::string_view& bytes, Deadline& deadline) {
  const std::span<char> buffer = engine_.receive_buffer();
  for (;;) {
    const net::TlsStream::Result result = tls_.read(buffer);
    switch (result.kind) {
      case net::TlsStream::Kind::kDone:
        bytes = {buffer.data(), result.size};
        return {};
      case net::TlsStream::Kind::kClosed:
        return of_kind(IoResult::Kind::kClosed);
      case net::TlsStream::Kind::kFailed:
        if (result.error.os_error != 0) {
          return IoResult::of_errno(result.error.os_error);
        }
        return result.error.code != 0 ? tls_failed(result.error, {})
                                      : of_kind(IoResult::Kind::kClosed);
      default:
        if (const auto kind = wait_for(result.kind, deadline); kind != IoResult::Kind::kDone) {
          return of_kind(kind);
        }
    }
  }
}

net::TlsSession Connection::tls_session() const {
  return tls_.is_open() ? tls_.session() : nullptr;
}

}  // namespace cppworker::http::fast
