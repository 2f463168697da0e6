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

#include "http/fast/fast_engine.hpp"
#include "http/fast/tls_failure.hpp"

namespace cppworker::http::fast {

namespace {

/// A peer that is faster than we are must not keep the thread: at most 1 MiB at a time.
constexpr std::uint8_t kTurns = 16;

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

IoResult of_kind(IoResult::Kind kind) { return {.kind = kind}; }

}  // namespace

Connection::~Connection() { close(); }

void Connection::close() {
  if (ssl_ != nullptr) {
    // Closed without a word, as Python does it; the session stays good.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset();
  }
  waiter_ = nullptr;
  if (fd_ >= 0) {
    engine_.unwatch(fd_);
    ::close(std::exchange(fd_, -1));
  }
}

void Connection::on_fd_ready(int, std::uint32_t events) {
  const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
  hung_up_ = hung_up_ || broken || (events & EPOLLRDHUP) != 0;
  readable_ = readable_ || hung_up_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || broken || (events & EPOLLOUT) != 0;
  if (waiter_ != nullptr && (wanted_ == Direction::kRead ? readable_ : writable_)) {
    std::exchange(waiter_, nullptr)->resume();
  }
}

void Connection::prefetch() const {
  if (waiter_ != nullptr) {
    waiter_->prefetch();
  }
}

bool Connection::share_thread() {
  if (++turns_ < kTurns) {
    return true;
  }
  turns_ = 0;
  return coro::this_coroutine::yield();
}

IoResult::Kind Connection::wait(Direction direction, Patience& patience) {
  wanted_ = direction;
  turns_ = 0;
  const bool& ready = direction == Direction::kRead ? readable_ : writable_;
  while (!ready) {
    if (patience.ended()) {
      return IoResult::Kind::kTimedOut;
    }
    waiter_ = &patience.self();
    const bool goes_on = patience.wait();
    waiter_ = nullptr;
    if (!goes_on) {
      return IoResult::Kind::kStopped;
    }
  }
  return IoResult::Kind::kDone;
}

IoResult Connection::open(const net::SocketAddress& address, Patience& patience) {
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
  if (const auto kind = wait(Direction::kWrite, patience); kind != IoResult::Kind::kDone) {
    return of_kind(kind);
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    error = errno;
  }
  return error == 0 ? IoResult{} : IoResult::of_errno(error);
}

IoResult Connection::send(std::string_view head, std::string_view body, Patience& patience) {
  if (ssl_ != nullptr) {
    if (body.empty()) {
      return send_tls(head, patience);
    }
    return send_tls(std::string(head).append(body), patience);
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
    return send_rest({}, body.substr(size - head.size()), patience);
  }
  return send_rest(std::string(head.substr(size)), body, patience);
}

IoResult Connection::send_rest(std::string_view head, std::string_view body, Patience& patience) {
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
        if (const auto kind = wait(Direction::kWrite, patience); kind != IoResult::Kind::kDone) {
          return of_kind(kind);
        }
      } else if (errno != EINTR) {
        return IoResult::of_errno(errno);
      }
    }
  }
  return {};
}

IoResult Connection::receive(std::string_view& bytes, Patience& patience) {
  if (!readable_) {
    if (const auto kind = wait(Direction::kRead, patience); kind != IoResult::Kind::kDone) {
      return of_kind(kind);
    }
  } else if (!share_thread()) {
    return of_kind(IoResult::Kind::kStopped);
  }
  if (ssl_ != nullptr) {
    return receive_tls(bytes, patience);
  }
  const std::span<char> buffer = engine_.receive_buffer();
  for (;;) {
    const ssize_t received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (received > 0) {
      const auto size = static_cast<std::size_t>(received);
      // A short read has emptied the socket: the next bytes are a new event, but not an end that
      // was told already.
      readable_ = hung_up_ || size == buffer.size();
      bytes = {buffer.data(), size};
      return {};
    }
    if (received == 0) {
      return of_kind(IoResult::Kind::kClosed);
    }
    if (errno == EAGAIN) {
      readable_ = false;
      if (const auto kind = wait(Direction::kRead, patience); kind != IoResult::Kind::kDone) {
        return of_kind(kind);
      }
    } else if (errno != EINTR) {
      return IoResult::of_errno(errno);
    }
  }
}

void Connection::rest() {
  readable_ = false;
  if (ssl_ != nullptr) {
    // Those for writing come back with session tickets, against SSL_MODE_RELEASE_BUFFERS.
    SSL_free_buffers(ssl_.get());
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
  bool silent = false;
  if (ssl_ == nullptr) {
    silent = ::recv(fd_, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
  } else {
    coro::this_coroutine::run_on_loop_stack([&] {  // it may be new session tickets
      const int code = SSL_peek(ssl_.get(), &byte, 1);
      silent = code <= 0 && SSL_get_error(ssl_.get(), code) == SSL_ERROR_WANT_READ;
      clear_tls_errors();
    });
  }
  readable_ = false;
  return silent;
}

IoResult Connection::start_tls(SSL_CTX& context, const TlsPeer& peer, SSL_SESSION* session,
                               Patience& patience) {
  ssl_.reset(SSL_new(&context));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd_) != 1) {
    return IoResult::failed("MemoryError()");
  }
  const std::string name(net::without_brackets_and_zone(peer.host));
  const bool is_address = net::SocketAddress::parse(name).has_value();
  if (!is_address) {
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());  // NOLINT: a cast in OpenSSL's macro
  }
  if (peer.verify && is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str());
  } else if (peer.verify) {
    SSL_set1_host(ssl_.get(), name.c_str());
  }
  if (session != nullptr) {
    SSL_set_session(ssl_.get(), session);
  }
  for (;;) {
    int code = 0;
    int error = 0;
    std::string failure;
    coro::this_coroutine::run_on_loop_stack([&] {
      code = SSL_connect(ssl_.get());
      error = SSL_get_error(ssl_.get(), code);
      if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) {
        failure = tls_failure(*ssl_, error, peer.host);
      }
    });
    if (code == 1) {
      return {};
    }
    if (!failure.empty()) {
      return IoResult::failed(std::move(failure));
    }
    if (auto result = after_tls(error, patience); !result.done()) {
      return result.kind == IoResult::Kind::kClosed ? IoResult::failed(tls_closed_text())
                                                    : std::move(result);
    }
  }
}

IoResult Connection::after_tls(int error, Patience& patience) {
  switch (error) {
    case SSL_ERROR_WANT_READ:
      readable_ = false;
      return of_kind(wait(Direction::kRead, patience));
    case SSL_ERROR_WANT_WRITE:
      writable_ = false;
      return of_kind(wait(Direction::kWrite, patience));
    default:
      return of_kind(IoResult::Kind::kClosed);
  }
}

IoResult Connection::send_tls(std::string_view bytes, Patience& patience) {
  std::string kept;
  while (!bytes.empty()) {
    int code = 0;
    int error = 0;
    int os_error = 0;
    coro::this_coroutine::run_on_loop_stack([&] {
      constexpr std::size_t kMost = std::size_t{1} << 30U;
      code = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), kMost)));
      if (code <= 0) {
        os_error = errno;
        error = SSL_get_error(ssl_.get(), code);
        clear_tls_errors();
      }
    });
    if (code > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(code));
      if (bytes.empty()) {
        return {};
      }
    } else if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_SSL) {
      return IoResult::of_errno(os_error != 0 ? os_error : EPIPE);
    }
    if (kept.empty()) {  // the engine's buffer won't wait
      kept = bytes;
      bytes = kept;
    }
    if (code > 0) {
      if (!share_thread()) {
        return of_kind(IoResult::Kind::kStopped);
      }
    } else if (auto result = after_tls(error, patience); !result.done()) {
      return result;
    }
  }
  return {};
}

IoResult Connection::receive_tls(std::string_view& bytes, Patience& patience) {
  const std::span<char> buffer = engine_.receive_buffer();
  for (;;) {
    int code = 0;
    int error = 0;
    int os_error = 0;
    std::string failure;
    coro::this_coroutine::run_on_loop_stack([&] {
      errno = 0;
      code = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (code <= 0) {
        os_error = errno;
        error = SSL_get_error(ssl_.get(), code);
        if (error == SSL_ERROR_SSL) {
          failure = tls_failure(*ssl_, error, {});
        }
        clear_tls_errors();
      }
    });
    if (code > 0) {
      bytes = {buffer.data(), static_cast<std::size_t>(code)};
      return {};
    }
    if (error == SSL_ERROR_SYSCALL && os_error != 0) {
      return IoResult::of_errno(os_error);
    }
    if (!failure.empty()) {
      return IoResult::failed(std::move(failure));
    }
    if (auto result = after_tls(error, patience); !result.done()) {
      return result;
    }
  }
}

SSL_SESSION* Connection::tls_session() const {
  if (ssl_ == nullptr || SSL_is_init_finished(ssl_.get()) == 0) {
    return nullptr;
  }
  return SSL_get1_session(ssl_.get());
}

}  // namespace cppworker::http::fast
