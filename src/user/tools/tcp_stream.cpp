#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>

#include <cppworker/tcp_stream.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "net/connection.hpp"
#include "net/deadline.hpp"
#include "net/dial.hpp"
#include "net/tls_contexts.hpp"
#include "user/deadline.hpp"
#include "user/shard.hpp"
#include "user/tools/host_lookup.hpp"
#include "user/tools/tcp_call.hpp"

namespace cppworker {

/// The names of a connection with TLS.
struct detail::TcpTls {
  std::string certificate_host;  ///< that the certificate must be for
  std::string alpn_protocol;     ///< that the server has chosen
};

namespace {

using Cause = net::Failure::Cause;

/// What write_all() gives to the connection at once, so that it keeps no more.
constexpr std::size_t kPieceMax = std::size_t{256} * 1024;

[[noreturn]] void throw_for(Cause cause, const std::string& text) {
  if (cause == Cause::kTimedOut) throw TcpTimeout(text);
  if (cause == Cause::kClosed) throw TcpClosed(text);
  throw TcpError(text);
}

net::Deadline deadline_in(Seconds timeout) {
  coro::Coroutine& self = coro::this_coroutine::self("a function of TcpStream");
  return {*coro::Scheduler::current(), self, detail::deadline_after(timeout)};
}

/// The host of "host:port"; "" for a stream of from_fd().
std::string host_of(const std::string& peer) {
  const std::size_t colon = peer.rfind(':');
  return colon == std::string::npos ? "" : peer.substr(0, colon);
}

}  // namespace

TcpStream::TcpStream() = default;

TcpStream::TcpStream(const std::string& host, std::uint16_t port, Seconds timeout)
    : TcpStream(host, port, TcpOptions{.timeout = timeout}) {}

TcpStream::TcpStream(const std::string& host, std::uint16_t port, const TcpOptions& options)
    : timeout_(options.timeout), peer_(host + ":" + std::to_string(port)) {
  detail::Shard& shard = detail::shard_of_thread("a TcpStream");
  const net::Destination destination{
      .host = host, .port = port, .tls = options.tls ? &*options.tls : nullptr};
  net::Dialed dialed =
      net::dial(shard.names, shard.tls_contexts, destination, detail::deadline_after(timeout_));
  if (dialed.connection == nullptr) {
    throw_for(dialed.failure.cause, net::failure_text(dialed, destination));
  }
  connection_ = std::move(dialed.connection);
  if (options.tls) {
    tls_ = std::make_unique<const detail::TcpTls>(
        detail::TcpTls{.certificate_host = net::certificate_host(destination),
                       .alpn_protocol = std::move(dialed.alpn_protocol)});
  }
}

void TcpStream::start_tls(const Tls& tls) {
  if (!is_open()) {
    throw TcpError("start_tls: the TcpStream is not connected");
  }
  if (tls_ != nullptr) {
    throw TcpError("start_tls: " + peer_ + " has TLS already");
  }
  if (!buffer_.empty()) {
    throw TcpError("start_tls: " + peer_ + " has sent " + std::to_string(buffer_.size()) +
                   " bytes that are not read yet");
  }
  const net::Destination destination{.host = host_of(peer_), .tls = &tls};
  const std::string host = net::certificate_host(destination);
  if (host.empty()) {
    throw TcpError("start_tls: set .server_hostname, the name that the certificate is for");
  }
  net::Failure failure;
  {
    Call call(*this, "starting TLS with");
    const auto give_up = [&call] {  // what is written later must not go without TLS
      if (call.stream() != nullptr) call.stream()->close();
    };
    try {
      net::Deadline deadline = deadline_in(timeout_);
      failure = net::start_tls(detail::shard_of_thread("TLS of a TcpStream").tls_contexts,
                               destination, call.connection(), deadline);
    } catch (...) {
      give_up();
      throw;
    }
    if (call.stream() != this) {
      give_up();
    }
    call.require(*this);
  }
  if (failure) {
    close();
    throw_for(failure.cause,
              "starting TLS with " + peer_ + ": " + net::handshake_failure_text(failure, host));
  }
  tls_ = std::make_unique<const detail::TcpTls>(
      detail::TcpTls{.certificate_host = host, .alpn_protocol = connection_->alpn_protocol()});
}

std::string TcpStream::selected_alpn_protocol() const {
  return tls_ == nullptr ? "" : tls_->alpn_protocol;
}

TcpStream TcpStream::from_fd(int fd, Seconds timeout) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  TcpStream stream;
  stream.timeout_ = timeout;
  stream.peer_ = "fd " + std::to_string(fd);
  stream.connection_ = std::make_unique<net::Connection>();
  stream.connection_->adopt(fd);
  return stream;
}

TcpStream::~TcpStream() { close(); }

TcpStream::TcpStream(TcpStream&& other) noexcept { *this = std::move(other); }

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  if (this != &other) {
    close();
    timeout_ = other.timeout_;
    peer_ = std::move(other.peer_);
    buffer_ = std::move(other.buffer_);
    connection_ = std::move(other.connection_);
    tls_ = std::move(other.tls_);
    end_ = std::move(other.end_);
    Call::move_all(other, *this);
  }
  return *this;
}

int TcpStream::native_handle() const { return is_open() ? connection_->fd() : -1; }

void TcpStream::close() {
  if (is_open()) {
    if (tls_ != nullptr) {  // not during the handshake
      connection_->send_end();
    }
    Call::end_all(*this);
  }
  tls_.reset();
  end_.reset();
  buffer_.clear();
}

/// Throws TcpError if it is not connected.
net::Connection& TcpStream::socket(const char* doing) const {
  if (!is_open()) {
    fail(doing, net::Failure::of_errno(EBADF));
  }
  return *connection_;
}

void TcpStream::fail(const char* doing, const net::Failure& failure) const {
  throw_for(failure.cause,
            doing + (" " + peer_) + ": " +
                net::failure_text(failure, tls_ == nullptr ? "" : tls_->certificate_host));
}

/// Receives bytes into the buffer. Keeps how reading has ended: a failure is reported only once.
/// The stream may be closed or moved meanwhile: see Call::require().
net::Failure TcpStream::receive(const Call& call, net::Deadline& deadline) {
  net::Connection& from = call.connection();
  for (;;) {
    if (call.stream() == nullptr) {
      return {.cause = Cause::kClosed};
    }
    if (call.stream()->end_ != nullptr) {
      return *call.stream()->end_;
    }
    std::string_view bytes;
    net::Failure failure = from.receive_now(bytes, deadline);
    TcpStream* const stream = call.stream();  // now
    if (stream == nullptr) {
      return {.cause = Cause::kClosed};
    }
    if (!bytes.empty()) {
      stream->buffer_ += bytes;
      return {};
    }
    if (failure && failure.cause != Cause::kStopped && failure.cause != Cause::kTimedOut) {
      stream->end_ = std::make_unique<const net::Failure>(failure);
      return failure;
    }
    if (!failure) {
      from.set_idle();
      failure = from.wait_readable(deadline);
    }
    if (failure) {
      return failure;
    }
  }
}

/// Receives data into the buffer. Returns false at the end of the stream.
bool TcpStream::receive() {
  static_cast<void>(socket("reading from"));
  net::Deadline deadline = deadline_in(timeout_);
  Call call(*this, "reading from");
  const net::Failure failure = receive(call, deadline);
  call.require(*this);
  if (failure && failure.cause != Cause::kClosed) {
    fail("reading from", failure);
  }
  return !failure;
}

/// The same; throws TcpClosed at the end of the stream.
void TcpStream::fill() {
  if (!receive()) {
    fail("reading from", {.cause = Cause::kClosed});
  }
}

std::size_t TcpStream::read_some(std::span<char> buffer) {
  if (buffer_.empty() && !receive()) {
    return 0;
  }
  const std::size_t count = std::min(buffer.size(), buffer_.size());
  std::memcpy(buffer.data(), buffer_.data(), count);
  buffer_.erase(0, count);
  return count;
}

std::string TcpStream::read_some(std::size_t max) {
  if (buffer_.empty() && !receive()) {
    return "";
  }
  if (buffer_.size() <= max) {
    return std::exchange(buffer_, {});
  }
  std::string text = buffer_.substr(0, max);
  buffer_.erase(0, text.size());
  return text;
}

std::string TcpStream::read_exactly(std::size_t size) {
  while (buffer_.size() < size) {
    fill();
  }
  std::string text = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return text;
}

std::string TcpStream::read_until(std::string_view delimiter, std::size_t max) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t found = buffer_.find(delimiter, searched);
    if (found != std::string::npos && found + delimiter.size() <= max) {
      return read_exactly(found + delimiter.size());
    }
    if (buffer_.size() >= max) {
      throw TcpError("reading from " + peer_ + ": no delimiter within " + std::to_string(max) +
                     " bytes");
    }
    searched = buffer_.size() - std::min(buffer_.size(), delimiter.size() - 1);
    fill();
  }
}

void TcpStream::write_all(std::string_view data) {
  net::Connection& to = socket("writing to");
  Call call(*this, "writing to");
  while (!data.empty()) {
    static_cast<void>(to.share_thread());  // unwinding: the rest is written
    call.require(*this);
    if (const net::Failure failure = to.write(data.substr(0, kPieceMax))) {
      fail("writing to", failure);
    }
    data.remove_prefix(std::min(data.size(), kPieceMax));
    wait_sent(call);
  }
}

/// The timeout is for each wait in which nothing is sent.
void TcpStream::wait_sent(const Call& call) {
  net::Connection& to = call.connection();
  while (to.is_sending()) {
    const std::size_t unsent = to.unsent();
    net::Deadline deadline = deadline_in(timeout_);
    const net::Failure failure = to.wait_sent(deadline);
    call.require(*this);
    if (failure && !(failure.cause == Cause::kTimedOut && to.unsent() < unsent)) {
      fail("writing to", failure);
    }
  }
}

bool TcpStream::wait_readable(Seconds timeout) {
  if (!is_open()) throw TcpError("wait_readable: the TcpStream is not connected");
  if (!buffer_.empty()) {
    return true;
  }
  connection_->look_again();  // the event may not have come yet
  coro::Scheduler& scheduler = *coro::Scheduler::current();
  net::Deadline deadline(
      scheduler, coro::this_coroutine::self("TcpStream::wait_readable"),
      timeout > Seconds::zero() ? detail::deadline_after(timeout) : scheduler.turn_time());
  Call call(*this, "wait_readable of");
  const net::Failure failure = receive(call, deadline);
  call.require(*this);
  return failure.cause != Cause::kStopped && failure.cause != Cause::kTimedOut;
}

void TcpStream::shutdown_write() {
  socket("writing to").end_writing();
  wait_sent(Call(*this, "writing to"));
}

}  // namespace cppworker
