#pragma once

#include <memory>
#include <string>
#include <utility>

#include <cppworker/tcp_stream.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "net/connection.hpp"

namespace cppworker {

/// A call of a stream that may suspend, on the stack of its coroutine. Another coroutine may close,
/// move or destroy the stream meanwhile. The connection exists until the call has ended.
class TcpStream::Call {
 public:
  /// @pre stream.is_open()
  Call(TcpStream& stream, const char* doing)
      : stream_(&stream),
        doing_(doing),
        connection_(*stream.connection_),
        next_(std::exchange(stream.calls_, this)) {}
  ~Call() {
    if (stream_ == nullptr) {
      return;
    }
    Call** link = &stream_->calls_;
    while (*link != this) {
      DCHECK(*link != nullptr);
      link = &(*link)->next_;
    }
    *link = next_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] net::Connection& connection() const { return connection_; }
  /// Where the stream is now; null: it was closed.
  [[nodiscard]] TcpStream* stream() const { return stream_; }
  /// Throws if the stream is no longer `stream`. To be called after each wait, before a member of
  /// the stream is used.
  void require(const TcpStream& stream) const {
    if (stream_ == nullptr) {
      throw TcpClosed(doing_ + (" " + peer_) + ": another coroutine has closed the TcpStream");
    }
    if (stream_ != &stream) {
      throw TcpError(doing_ + (" " + stream_->peer_) +
                     ": another coroutine has moved the TcpStream");
    }
  }

  /// Closes the stream's connection and ends its calls.
  static void end_all(TcpStream& stream) {
    const std::shared_ptr<net::Connection> connection = std::move(stream.connection_);
    for (Call* call = take_all(stream); call != nullptr; call = call->next_) {
      call->stream_ = nullptr;
      call->peer_ = stream.peer_;
      call->kept_ = connection;
    }
    connection->close();  // resumes the coroutines
  }
  /// The stream has been moved.
  static void move_all(TcpStream& from, TcpStream& to) {
    to.calls_ = take_all(from);
    for (Call* call = to.calls_; call != nullptr; call = call->next_) {
      call->stream_ = &to;
    }
  }

 private:
  /// None when the loop does not run: then no coroutine continues, and the stacks may be gone.
  static Call* take_all(TcpStream& stream) {
    Call* const first = std::exchange(stream.calls_, nullptr);
    return coro::Scheduler::current() == nullptr ? nullptr : first;
  }

  TcpStream* stream_;
  const char* doing_;
  net::Connection& connection_;
  Call* next_;                             // of the same stream
  std::string peer_;                       // of a stream that was closed
  std::shared_ptr<net::Connection> kept_;  // closed
};

}  // namespace cppworker
