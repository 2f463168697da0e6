#include "http/own/connection.hpp"

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
#include "http/own/own_engine.hpp"
#include "net/is_silent.hpp"
#include "net/source_addresses.hpp"

namespace cppworker::http::own {

namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;

/// The largest body that is copied behind the head of its request.
constexpr std::size_t kJoinedBodyMax = std::size_t{16} * 1024;

/// Reads or writes without a wait before other coroutines run: a fast peer must not hold the thread
/// for more than 1 MiB.
constexpr std::uint8_t kTurns = 16;

/// A user that sends its next request later than this, in the turn in which its last response came,
/// may have missed an event. Looking at the socket costs 0.3 µs, 5 % of a request.
constexpr coro::Duration kEventsOutdated = std::chrono::microseconds{100};

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

Failure in_phase(Phase phase, Failure failure) {
  failure.phase = phase;
  return failure;
}

}  // namespace

void Upload::advance(std::size_t count) {
  const std::size_t of_head = std::min(count, head_.size());
  head_.remove_prefix(of_head);
  body_.remove_prefix(count - of_head);
}

void Upload::keep_head() {
  if (!head_.empty() && kept_.empty()) {
    kept_ = head_;
    head_ = kept_;
  }
}

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
  if (waiter_ != nullptr && is_ready(wanted_)) {
    std::exchange(waiter_, nullptr)->resume();
  }
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
  return coro::this_coroutine::yield() ? Failure{} : Failure{.cause = Cause::kStopped};
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
  while (!is_ready(direction)) {
    if (deadline.passed()) {
      return {.cause = Cause::kTimedOut};
    }
    waiter_ = &deadline.self();
    if (!deadline.wait()) {
      return {.cause = Cause::kStopped};
    }
  }
  return {};
}

Failure Connection::open(const net::SocketAddress& address, Deadline& deadline) {
  DCHECK(fd_ < 0);
  const auto failed = [](int error) { return in_phase(Phase::kConnect, Failure::of_errno(error)); };
  fd_ = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    return failed(errno);
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (const int error = net::SourceAddresses::process().bind(fd_, address.family())) {
    return failed(error);
  }
  if (::connect(fd_, address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    return failed(errno);
  }
  try {
    engine_.scheduler().watch(fd_, kEvents, *this);
  } catch (const std::system_error& error) {
    return failed(error.code().value());
  }
  if (Failure failure = wait(Direction::kWrite, deadline)) {
    return in_phase(Phase::kConnect, std::move(failure));
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    error = errno;
  }
  return error == 0 ? Failure{} : failed(error);
}

Failure Connection::send(Upload& upload, Deadline& deadline) {
  DCHECK(fd_ >= 0 && !upload.done());
  for (;;) {
    bool would_block = false;
    if (Failure failure = tls_.is_open() ? send_tls(upload, would_block, deadline)
                                         : send_some(upload, would_block)) {
      return in_phase(Phase::kSend, std::move(failure));
    }
    if (upload.done()) {
      return {};
    }
    upload.keep_head();
    if (would_block) {
      writable_ = false;
      if (Failure failure = wait(Direction::kAny, deadline)) {
        return in_phase(Phase::kSend, std::move(failure));
      }
      if (!writable_) {
        return {};  // the server answers before it has taken everything
      }
    } else if (Failure failure = share_thread()) {
      return failure;
    }
  }
}

Failure Connection::send_some(Upload& upload, bool& would_block) {
  ssize_t sent = 0;
  if (upload.head_.empty() || upload.body_.empty()) {
    const std::string_view bytes = upload.head_.empty() ? upload.body_ : upload.head_;
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
  bytes = {};
  if (tls_.is_open()) {
    return read_tls(bytes, deadline);
  }
  const std::span<char> buffer = engine_.receive_buffer();
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
  idle_since_ = engine_.scheduler().turn_time();
  if (tls_.is_open()) {
    tls_.set_idle();
  }
}

bool Connection::usable(bool checks_always) {
  if (hung_up_) {
    return false;
  }
  if (!readable_) {
    coro::Scheduler& scheduler = engine_.scheduler();
    const bool may_be_outdated = checks_always && scheduler.turn_time() == idle_since_ &&
                                 scheduler.clock().now() - idle_since_ > kEventsOutdated;
    if (!may_be_outdated || net::is_silent(fd_)) {
      return true;
    }
  }
  // What has arrived in TLS may be a new session ticket.
  const bool silent = tls_.is_open() ? tls_.silent() : net::is_silent(fd_);
  readable_ = false;
  return silent;
}

Failure Connection::start_tls(SSL_CTX& context, const net::TlsStream::Peer& peer,
                              SSL_SESSION* resumed, Deadline& deadline) {
  if (!tls_.open(context, fd_, peer, resumed)) {
    return {.cause = Cause::kOutOfMemory};
  }
  for (;;) {
    deadline.restart();
    const net::TlsStream::Result result = tls_.handshake();
    Failure failure;
    switch (result.kind) {
      case net::TlsStream::Kind::kDone:
        return {};
      case net::TlsStream::Kind::kFailed:
        failure = tls_failed(result.error);
        break;
      case net::TlsStream::Kind::kClosed:
        failure = {.cause = Cause::kClosed};
        break;
      case net::TlsStream::Kind::kWantsRead:
        readable_ = false;
        failure = wait(Direction::kRead, deadline);
        break;
      case net::TlsStream::Kind::kWantsWrite:
        writable_ = false;
        failure = wait(Direction::kWrite, deadline);
        break;
    }
    if (failure) {
      return in_phase(Phase::kTlsHandshake, std::move(failure));
    }
  }
}

Failure Connection::tls_failed(const net::TlsError& error) {
  if (error.os_error != 0) {
    return Failure::of_errno(error.os_error);
  }
  if (error.code == 0) {
    return {.cause = Cause::kClosed};
  }
  return Failure::with(Cause::kTls, {.tls = error});
}

/// The head and a small body go into one record, because each record costs a system call.
Failure Connection::send_tls(Upload& upload, bool& would_block, Deadline& deadline) {
  if (!upload.head_.empty() && !upload.body_.empty() && upload.kept_.empty() &&
      upload.body_.size() <= kJoinedBodyMax) {
    upload.kept_.reserve(upload.head_.size() + upload.body_.size());
    upload.kept_.append(upload.head_).append(upload.body_);
    upload.head_ = upload.kept_;
    upload.body_ = {};
  }
  const net::TlsStream::Result result =
      tls_.write(upload.head_.empty() ? upload.body_ : upload.head_);
  switch (result.kind) {
    case net::TlsStream::Kind::kDone:
      upload.advance(result.size);
      return {};
    case net::TlsStream::Kind::kWantsWrite:
      would_block = true;
      return {};
    case net::TlsStream::Kind::kWantsRead:
      readable_ = false;
      upload.keep_head();
      return wait(Direction::kRead, deadline);
    case net::TlsStream::Kind::kClosed:
      return {.cause = Cause::kClosed};
    case net::TlsStream::Kind::kFailed:
      break;
  }
  return Failure::of_errno(result.error.os_error != 0 ? result.error.os_error : EPIPE);
}

Failure Connection::read_tls(std::string_view& bytes, Deadline& deadline) {
  const std::span<char> buffer = engine_.receive_buffer();
  const net::TlsStream::Result result = tls_.read(buffer);
  switch (result.kind) {
    case net::TlsStream::Kind::kDone:
      readable_ = hung_up_ || tls_.may_have_more();
      bytes = {buffer.data(), result.size};
      return {};
    case net::TlsStream::Kind::kWantsRead:
      readable_ = hung_up_;  // the event of the end has come already
      return {};
    case net::TlsStream::Kind::kWantsWrite:
      writable_ = false;
      return wait(Direction::kWrite, deadline);
    case net::TlsStream::Kind::kClosed:
      return {.cause = Cause::kClosed};
    case net::TlsStream::Kind::kFailed:
      break;
  }
  return tls_failed(result.error);
}

net::TlsSession Connection::tls_session() const {
  return tls_.is_open() ? tls_.session() : nullptr;
}

}  // namespace cppworker::http::own
