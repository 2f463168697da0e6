#include "net/passive_connection.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <sys/socket.h>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"

namespace cppworker::net {

using Cause = Failure::Cause;

void Connection::set_sink(Sink& sink) {
  DCHECK(fd_ >= 0 && waiter_ == nullptr);
  if (passive_ == nullptr) {
    passive_ = std::make_unique<Passive>();
    static_cast<void>(watch());  // what has arrived already is delivered in the next turn
  }
  passive_->sink = &sink;
}

/// Sends what is unsent and delivers what has arrived.
void Connection::serve() {
  const Passive::Guard guard(*passive_);
  flush();
  for (unsigned turn = 0; readable_ && passive_->sink != nullptr; ++turn) {
    // What TLS has received already causes no event.
    if (turn >= kTurns && !(tls_.is_open() && tls_.holds_bytes())) {
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
  if (passive_->sink == nullptr) {
    return;
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
  passive.drop_unsent();
  const Failure reported = passive.failure;
  passive.end_waits(reported);
  std::exchange(passive.sink, nullptr)->on_end(reported);
}

void Connection::flush() {
  Passive& passive = *passive_;
  if (passive.unsent().empty() || passive.failure) {
    return;
  }
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
  if (passive.unsent().empty()) {
    passive.end_waits({});
  }
}

Failure Connection::write(std::string_view bytes) {
  if (passive_ == nullptr) {  // after close()
    DCHECK(fd_ < 0);
    return {.cause = Cause::kClosed};
  }
  Passive& passive = *passive_;
  for (unsigned turn = 0; writable_ && passive.unsent().empty() && !bytes.empty(); ++turn) {
    if (passive.failure) {
      break;
    }
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
  if (!passive.failure) {
    passive.add_unsent(bytes);
  }
  return passive.failure;
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
  passive_->failure = Failure::of_errno(error);
  passive_->drop_unsent();
  passive_->end_waits(passive_->failure);
  readable_ = true;
  static_cast<void>(watch());
}

std::size_t Connection::unsent() const {
  return passive_ == nullptr ? 0 : passive_->unsent().size();
}

Failure Connection::wait_sent(Deadline& deadline) {
  if (passive_ == nullptr) {
    return {.cause = Cause::kClosed};
  }
  if (passive_->failure || passive_->unsent().empty()) {
    return passive_->failure;
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
  if (tls_.is_open() && (passive_ == nullptr || (passive_->unsent().empty() && !passive_->failure))) {
    coro::on_loop_stack([this] { static_cast<void>(tls_.send_end()); });
  }
}

}  // namespace cppworker::net
