#include "net/connection_passive.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "coro/forked_child.hpp"
#include "coro/loop_stack.hpp"

namespace cppworker::net {

namespace {

using Cause = Failure::Cause;

}  // namespace

Connection::Passive& Connection::passive() {
  if (passive_ == nullptr) {
    passive_ = std::make_unique<Passive>();
  }
  return *passive_;
}

void Connection::set_sink(Sink& sink) {
  DCHECK(fd_ >= 0 && waiter_ == nullptr);
  if (passive().sink == nullptr) {
    static_cast<void>(watch());  // what has arrived already is delivered in the next turn
  }
  passive_->sink = &sink;
}

/// After an event: sends what is unsent; resumes the coroutine in receive() or serves the sink.
void Connection::serve() {
  flush();
  if (passive_->sink != nullptr) {
    deliver();
  } else if (waiter_ != nullptr && is_ready(wanted_)) {
    std::exchange(waiter_, nullptr)->resume();
  }
}

/// Whether watch() causes an event in the next turn. What TLS has received already causes none. It
/// may wait for an event of the socket, also one of the other direction; if there is none, the peer
/// has sent nothing else, so that what TLS has received is all.
bool Connection::watching_reports() const {
  if (!tls_.is_open() || !tls_.holds_bytes()) {
    return true;
  }
  pollfd socket{.fd = fd_, .events = POLLIN | POLLOUT, .revents = 0};
  return ::poll(&socket, 1, 0) > 0;
}

/// Passes what has arrived to the sink.
void Connection::deliver() {
  const Passive::Guard guard(*passive_);
  for (unsigned turn = 0; readable_; ++turn) {
    if (turn >= kTurns && watching_reports()) {
      static_cast<void>(watch());
      return;
    }
    std::string_view bytes;
    bool wants_write = false;
    if (const Failure failure = read_now(bytes, wants_write)) {
      end(failure);
      return;
    }
    if (wants_write) {
      return;
    }
    if (!bytes.empty()) {
      passive_->sink->on_bytes(bytes);
      if (guard.closed()) {
        return;
      }
    }
  }
  if (passive_->failure) {
    end(passive_->failure);
    return;
  }
  flush();  // if TLS had to read first
  if (tls_.is_open() && passive_->unsent().empty()) {
    tls_.set_idle();
  }
}

/// The connection can't be used any more. The sink may destroy it.
void Connection::end(const Failure& failure) {
  Passive& passive = *passive_;
  if (!passive.failure || failure.cause != Cause::kClosed) {
    passive.failure = failure;
  }
  passive.ending = false;
  passive.drop_unsent();
  const Failure reported = passive.failure;
  passive.end_waits(reported);
  std::exchange(passive.sink, nullptr)->on_end(reported);
}

void Connection::flush() {
  Passive& passive = *passive_;
  for (unsigned turn = 0; writable_ && !passive.unsent().empty(); ++turn) {
    if (turn == kTurns) {
      static_cast<void>(watch());
      return;
    }
    const std::size_t sent = write_now(passive.unsent());
    if (sent == 0) {
      return;
    }
    passive.advance(sent);
  }
  if (passive.unsent().empty() && passive.ending) {
    flush_end();
  }
  if (!is_sending()) {
    passive.end_waits(passive.failure);
  }
}

void Connection::flush_end() {
  if (tls_.is_open()) {
    TlsStream::Result result;
    coro::on_loop_stack([&] { result = tls_.send_end(); });
    if (result.kind == TlsStream::Kind::kWantsWrite) {
      writable_ = false;
      return;
    }
  }
  passive_->ending = false;
  ::shutdown(fd_, SHUT_WR);
}

Failure Connection::write(std::string_view bytes) {
  coro::end_if_forked_child();  // the parent uses this connection
  if (fd_ < 0) {
    return {.cause = Cause::kClosed};
  }
  const bool goes_first = passive_ == nullptr || (!passive_->failure && !is_sending());
  for (unsigned turn = 0; goes_first && writable_ && !bytes.empty(); ++turn) {
    if (turn == kTurns) {
      static_cast<void>(watch());
      break;
    }
    const std::size_t sent = write_now(bytes);
    if (sent == 0) {
      break;
    }
    bytes.remove_prefix(sent);
  }
  if (bytes.empty()) {
    return passive_ == nullptr ? Failure{} : passive_->failure;
  }
  if (!passive().failure) {
    passive_->add_unsent(bytes);
    if (!watched_) {
      static_cast<void>(watch());
    }
  }
  return passive_->failure;
}

void Connection::end_writing() {
  if (fd_ >= 0 && !passive().failure) {
    passive_->ending = true;
    flush();
  }
}

/// Sends some of `bytes`. Returns 0 if that is not possible now, or never: see passive_->failure.
std::size_t Connection::write_now(std::string_view bytes) {
  if (tls_.is_open()) {
    const TlsStream::Result result = tls_.write(bytes);
    switch (result.kind) {
      case TlsStream::Kind::kDone:
        return result.size;
      case TlsStream::Kind::kWantsWrite:
        writable_ = false;
        return 0;
      case TlsStream::Kind::kWantsRead:
        return 0;  // serve() calls again when something has arrived
      case TlsStream::Kind::kClosed:
        write_failed(EPIPE);
        return 0;
      case TlsStream::Kind::kFailed:
        write_failed(result.error.os_error != 0 ? result.error.os_error : EPIPE);
        return 0;
    }
  }
  ssize_t sent = 0;
  do {
    sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    return static_cast<std::size_t>(sent);
  }
  if (errno == EAGAIN) {
    writable_ = false;
  } else {
    write_failed(errno);
  }
  return 0;
}

/// The sink gets what has arrived before, in the next turn, and then the failure.
void Connection::write_failed(int error) {
  passive().failure = Failure::of_errno(error);
  passive_->ending = false;
  passive_->drop_unsent();
  passive_->end_waits(passive_->failure);
  if (passive_->sink != nullptr) {
    readable_ = true;
    static_cast<void>(watch());
  }
}

std::size_t Connection::unsent() const {
  return passive_ == nullptr ? 0 : passive_->unsent().size();
}

bool Connection::is_sending() const {
  return passive_ != nullptr && (!passive_->unsent().empty() || passive_->ending);
}

Failure Connection::wait_sent(Deadline& deadline) {
  if (fd_ < 0) {
    return {.cause = Cause::kClosed};
  }
  if (!is_sending()) {
    return passive_ == nullptr ? Failure{} : passive_->failure;
  }
  const Passive::Wait wait(*passive_, deadline.self());
  while (!wait.ended()) {
    if (deadline.passed()) {
      return {.cause = Cause::kTimedOut};
    }
    if (!deadline.wait()) {
      return {.cause = Cause::kStopped};
    }
  }
  return wait.failure();
}

void Connection::send_end() {
  if (tls_.is_open() && !is_sending()) {
    coro::on_loop_stack([this] {
      static_cast<void>(tls_.silent());
      static_cast<void>(tls_.send_end());
    });
  }
}

}  // namespace cppworker::net
