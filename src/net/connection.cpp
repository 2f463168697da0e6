#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.hpp"
#include "coro/forked_child.hpp"
#include "coro/loop_stack.hpp"
#include "net/connection_passive.hpp"
#include "net/is_silent.hpp"
#include "net/limit_warning.hpp"
#include "net/receive_buffer.hpp"
#include "net/source_addresses.hpp"

namespace cppworker::net {

namespace {

using Cause = Failure::Cause;

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

Failure tls_failed(const TlsError& error) {
  if (error.os_error != 0) {
    return Failure::of_errno(error.os_error);
  }
  if (error.code == 0) {
    return {.cause = Cause::kClosed};
  }
  return {.cause = Cause::kTls, .tls = error};
}

Failure failed_to_begin(int error) {
  coro::on_loop_stack([error] { warn_of_limit(error); });  // the log needs much stack
  return Failure::of_errno(error);
}

/// Microseconds, modulo 2^32 (71 minutes).
std::uint32_t microseconds_of(coro::TimePoint time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

}  // namespace

Connection::Connection() = default;

Connection::~Connection() { close(); }

void Connection::close() {
  if (passive_ != nullptr) {
    passive_->end_waits({.cause = Cause::kClosed});
    passive_->closed();
    passive_.reset();
  }
  if (tls_.is_open() && !coro::is_forked_child()) {
    coro::on_loop_stack([this] { tls_.close(); });
  }
  auto* const scheduler = coro::Scheduler::current();  // null: the loop does not run
  if (fd_ >= 0) {
    if (scheduler != nullptr && watched_) {
      scheduler->unwatch(fd_);
    }  // otherwise the kernel forgets the socket when it is closed
    ::close(std::exchange(fd_, -1));
  }
  if (coro::Coroutine* const waiter = std::exchange(waiter_, nullptr);
      waiter != nullptr && scheduler != nullptr && waiter != scheduler->running()) {
    waiter->resume();  // its call returns kClosed
  }
}

void Connection::on_fd_ready([[maybe_unused]] int fd, std::uint32_t events) {
  DCHECK(fd == fd_);
  const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (!readable_ && (events & EPOLLIN) != 0) {
    arrived_us_ = microseconds_of(coro::Scheduler::current()->turn_time());
  }
  hung_up_ = hung_up_ || broken || (events & EPOLLRDHUP) != 0;
  readable_ = readable_ || hung_up_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || broken || (events & EPOLLOUT) != 0;
  if (passive_ != nullptr) {
    serve();  // may destroy the connection
  } else if (waiter_ != nullptr && is_ready(wanted_)) {
    std::exchange(waiter_, nullptr)->resume();
  }
}

coro::TimePoint Connection::arrived_at() const {
  const coro::TimePoint now = coro::Scheduler::current()->turn_time();
  return now - std::chrono::microseconds{microseconds_of(now) - arrived_us_};
}

bool Connection::is_ready(Direction direction) const {
  return (direction != Direction::kWrite && readable_) ||
         (direction != Direction::kRead && writable_);
}

Failure Connection::share_thread() {
  if (++turns_ < kTurns) {
    return {};
  }
  turns_ = 0;
  if (!coro::this_coroutine::yield()) {
    return {.cause = Cause::kStopped};
  }
  return is_open() ? Failure{} : Failure{.cause = Cause::kClosed};
}

Failure Connection::wait(Direction direction, Deadline& deadline) {
  DCHECK(fd_ >= 0);
  DCHECK(waiter_ == nullptr);  // one coroutine at a time
  struct Waiting {             // also ends if StopUser is thrown
    coro::Coroutine*& waiter;
    ~Waiting() { waiter = nullptr; }
  };
  const Waiting waiting{waiter_};
  wanted_ = direction;
  turns_ = 0;
  if (!watched_) {
    if (const Failure failure = watch()) {
      return failure;
    }
  }
  while (!is_ready(direction)) {
    if (deadline.passed()) {
      return {.cause = Cause::kTimedOut};
    }
    waiter_ = &deadline.self();
    if (!deadline.wait()) {
      return {.cause = Cause::kStopped};
    }
    if (!is_open()) {
      return {.cause = Cause::kClosed};  // see close()
    }
  }
  return {};
}

/// Registers the socket, or registers it anew: then its events are reported once more.
Failure Connection::watch() {
  coro::Scheduler* const scheduler = coro::Scheduler::current();
  DCHECK(scheduler != nullptr);
  try {
    scheduler->watch(fd_, kEvents, *this);
  } catch (const std::system_error& error) {
    return Failure::of_errno(error.code().value());
  }
  watched_ = true;
  return {};
}

Failure Connection::begin_open(const SocketAddress& address) {
  DCHECK(fd_ < 0);
  fd_ = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return failed_to_begin(errno);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (const int error = SourceAddresses::process().bind(fd_, address.family())) {
    return Failure::of_errno(error);
  }
  if (::connect(fd_, address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    // An IPv6 connection also fails with EADDRNOTAVAIL if the machine has no IPv6 address.
    return address.family() == AF_INET ? failed_to_begin(errno) : Failure::of_errno(errno);
  }
  return watch();
}

Failure Connection::finish_open() {
  DCHECK(is_writable());
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    error = errno;
  }
  return error == 0 ? Failure{} : Failure::of_errno(error);
}

Failure Connection::open(const SocketAddress& address, Deadline& deadline) {
  if (Failure failure = begin_open(address)) {
    return failure;
  }
  if (Failure failure = wait(Direction::kWrite, deadline)) {
    return failure;
  }
  return finish_open();
}

void Connection::adopt(int fd) {
  DCHECK(fd_ < 0 && fd >= 0);
  fd_ = fd;
  readable_ = true;  // not known yet
  writable_ = true;
}

void Connection::set_writable_waiter(coro::Coroutine* waiter) {
  waiter_ = waiter;
  wanted_ = Direction::kWrite;
}

Failure Connection::send(Upload& upload, Deadline& deadline) {
  DCHECK(fd_ >= 0 && !upload.done() && unsent() == 0);
  coro::end_if_forked_child();  // the parent uses this connection
  for (;;) {
    bool would_block = false;
    if (Failure failure = tls_.is_open() ? send_tls(upload, would_block, deadline)
                                         : send_some(upload, would_block)) {
      return failure;
    }
    if (upload.done()) {
      return {};
    }
    upload.keep_head();
    if (would_block) {
      writable_ = false;
      if (Failure failure = wait(Direction::kAny, deadline)) {
        return failure;
      }
      if (!writable_) {
        return {};  // the peer answers before it has taken everything
      }
    } else if (Failure failure = share_thread()) {
      return failure;
    }
  }
}

Failure Connection::send_some(Upload& upload, bool& would_block) {
  ssize_t sent = 0;
  if (upload.head_.empty() || upload.body_.empty()) {
    const std::string_view bytes = upload.next();
    sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } else {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(upload.head_.data()), upload.head_.size()},    // NOLINT
         {const_cast<char*>(upload.body_.data()), upload.body_.size()}}};  // NOLINT: C
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
  }
  if (sent >= 0) {
    upload.advance(static_cast<std::size_t>(sent));
  } else if (errno == EAGAIN) {
    would_block = true;
  } else if (errno != EINTR) {
    return Failure::of_errno(errno);
  }
  return {};
}

Failure Connection::receive(std::string_view& bytes, Deadline& deadline) {
  for (;;) {
    if (!readable_) {
      if (Failure failure = wait(Direction::kRead, deadline)) {
        return failure;
      }
    } else if (Failure failure = share_thread()) {
      return failure;
    }
    if (Failure failure = read(bytes, deadline); failure || !bytes.empty()) {
      return failure;
    }
  }
}

Failure Connection::receive_now(std::string_view& bytes, Deadline& deadline) {
  bytes = {};
  if (!readable_) {
    return {};
  }
  if (Failure failure = share_thread()) {
    return failure;
  }
  return read(bytes, deadline);
}

Failure Connection::read(std::string_view& bytes, Deadline& deadline) {
  bool wants_write = false;
  Failure failure = read_now(bytes, wants_write);
  return wants_write ? wait(Direction::kWrite, deadline) : failure;
}

Failure Connection::read_now(std::string_view& bytes, bool& wants_write) {
  bytes = {};
  if (tls_.is_open()) {
    return read_tls(bytes, wants_write);
  }
  const std::span<char> buffer = receive_buffer();
  const ssize_t received = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (received > 0) {
    const auto size = static_cast<std::size_t>(received);
    // A short read has emptied the socket: more bytes cause a new event. The end of the connection
    // doesn't, if its event has come already.
    readable_ = hung_up_ || size == buffer.size();
    bytes = {buffer.data(), size};
    return {};
  }
  if (received == 0) {
    return {.cause = Cause::kClosed};
  }
  if (errno == EAGAIN) {
    readable_ = false;
    return {};
  }
  return errno == EINTR ? Failure{} : Failure::of_errno(errno);
}

void Connection::set_idle() {
  DCHECK(fd_ >= 0 && waiter_ == nullptr);
  if (tls_.is_open()) {
    tls_.set_idle();
  }
}

bool Connection::is_silent(bool checks_always) {
  if (hung_up_) {
    return false;
  }
  if (!readable_ && (!checks_always || net::is_silent(fd_))) {
    return true;
  }
  // What has arrived in TLS may be a new session ticket.
  const bool silent = tls_.is_open() ? tls_.silent() : net::is_silent(fd_);
  readable_ = false;
  return silent;
}

Failure Connection::start_tls(SSL_CTX& context, const TlsStream::Peer& peer, SSL_SESSION* resumed,
                              const TlsStream::Extras& extras, Deadline& deadline) {
  if (!tls_.open(context, fd_, peer, resumed)) {
    return {.cause = Cause::kOutOfMemory};
  }
  struct Handshake {
    TlsStream& tls;
    bool complete = false;
    ~Handshake() {
      if (!complete) coro::on_loop_stack([this] { tls.close(); });
    }
  };
  Handshake handshake{tls_};
  tls_.set(extras);
  for (;;) {
    deadline.restart();
    const TlsStream::Result result = tls_.handshake();
    Failure failure;
    switch (result.kind) {
      case TlsStream::Kind::kDone:
        handshake.complete = true;
        return {};
      case TlsStream::Kind::kFailed:
        return tls_failed(result.error);
      case TlsStream::Kind::kClosed:
        return {.cause = Cause::kClosed};
      case TlsStream::Kind::kWantsRead:
        readable_ = false;
        failure = wait(Direction::kRead, deadline);
        break;
      case TlsStream::Kind::kWantsWrite:
        writable_ = false;
        failure = wait(Direction::kWrite, deadline);
        break;
    }
    if (failure) {
      return failure;
    }
  }
}

std::string Connection::alpn_protocol() const {
  return tls_.is_open() ? tls_.alpn_protocol() : std::string();
}

/// The head and a small body go into one record, because each record costs a system call.
Failure Connection::send_tls(Upload& upload, bool& would_block, Deadline& deadline) {
  upload.join();
  const TlsStream::Result result = tls_.write(upload.next());
  switch (result.kind) {
    case TlsStream::Kind::kDone:
      upload.advance(result.size);
      return {};
    case TlsStream::Kind::kWantsWrite:
      would_block = true;
      return {};
    case TlsStream::Kind::kWantsRead:
      readable_ = false;
      upload.keep_head();
      return wait(Direction::kRead, deadline);
    case TlsStream::Kind::kClosed:
      return {.cause = Cause::kClosed};
    case TlsStream::Kind::kFailed:
      break;
  }
  return Failure::of_errno(result.error.os_error != 0 ? result.error.os_error : EPIPE);
}

Failure Connection::read_tls(std::string_view& bytes, bool& wants_write) {
  const std::span<char> buffer = receive_buffer();
  const TlsStream::Result result = tls_.read(buffer);
  switch (result.kind) {
    case TlsStream::Kind::kDone:
      readable_ = hung_up_ || tls_.may_have_more();
      bytes = {buffer.data(), result.size};
      return {};
    case TlsStream::Kind::kWantsRead:
      readable_ = hung_up_;  // the event of the end has come already
      return {};
    case TlsStream::Kind::kWantsWrite:
      writable_ = false;
      wants_write = true;
      return {};
    case TlsStream::Kind::kClosed:
      return {.cause = Cause::kClosed};
    case TlsStream::Kind::kFailed:
      break;
  }
  return tls_failed(result.error);
}

TlsSession Connection::tls_session() const { return tls_.is_open() ? tls_.session() : nullptr; }

}  // namespace cppworker::net
