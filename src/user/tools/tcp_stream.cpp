#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/tcp_stream.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "net/tls_contexts.hpp"
#include "net/tls_failure_text.hpp"
#include "user/deadline.hpp"
#include "user/shard.hpp"
#include "user/tools/host_lookup.hpp"
#include "user/tools/tcp_dialer.hpp"
#include "user/tools/tcp_tls.hpp"

namespace cppworker {

namespace {

/// The size of one receive. The buffer is on the stack of the user, which is small.
constexpr std::size_t kReceiveSize = 4096;

/// Reads or writes without a wait before other coroutines run: a fast peer must not hold the
/// thread.
constexpr unsigned kTurns = 16;

std::string error_text(int error) { return std::generic_category().message(error); }

/// Throws TcpError.
net::ShardResolver::AnswerPtr look_up(net::ShardResolver& names, const std::string& host,
                                      coro::TimePoint deadline) {
  detail::HostLookup found = detail::look_up_host(names, host, deadline);
  if (found.timed_out) {
    throw TcpTimeout(found.error);
  }
  if (found.answer == nullptr) {
    throw TcpError(found.error);
  }
  return std::move(found.answer);
}

struct Dialed {
  int fd = -1;    // -1: no address accepted the connection
  int error = 0;  // TcpDialer::error()
};

Dialed dial(net::Answer& answer, std::uint16_t port, coro::TimePoint deadline) {
  std::vector<net::SocketAddress> addresses = answer.for_connection(port);
  net::alternate_families(addresses);
  detail::TcpDialer dialer(std::move(addresses), deadline);
  const int fd = dialer.dial();
  return {.fd = fd, .error = dialer.error()};
}

/// Waits for the socket. Throws TcpError.
/// @param doing the beginning of the message
void wait_for(int fd, bool readable, coro::TimePoint deadline, const std::string& doing) {
  using coro::this_coroutine::FdResult;
  const FdResult result = readable ? coro::this_coroutine::wait_readable(fd, deadline)
                                   : coro::this_coroutine::wait_writable(fd, deadline);
  if (result == FdResult::kTimeout) {
    throw TcpTimeout(doing + ": timed out");
  }
  if (result == FdResult::kStopped) {
    throw TcpError(doing + ": the user is being stopped");
  }
}

[[noreturn]] void throw_tls_error(const detail::TcpTls& tls, const net::TlsError& error,
                                  const std::string& doing) {
  if (error.os_error != 0) {
    throw TcpError(doing + ": " + error_text(error.os_error));
  }
  if (error.code == 0) {
    throw TcpClosed(doing + ": closed by the other side");
  }
  std::string text;
  coro::on_loop_stack([&] { text = net::tls_failure_text(error, tls.server_hostname); });
  throw TcpError(doing + ": " + text);
}

void handshake(int fd, detail::TcpTls& tls, coro::TimePoint deadline, const std::string& doing) {
  using Kind = net::TlsResult::Kind;
  for (;;) {
    const net::TlsResult result = tls.stream.handshake();
    switch (result.kind) {
      case Kind::kDone:
        return;
      case Kind::kWantsRead:
      case Kind::kWantsWrite:
        wait_for(fd, result.kind == Kind::kWantsRead, deadline, doing);
        break;
      case Kind::kClosed:
        throw TcpClosed(doing + ": " + net::tls_closed_text());
      case Kind::kFailed:
        if (result.error.os_error == 0 && result.error.code == 0) {
          throw TcpClosed(doing + ": " + net::tls_closed_text());
        }
        throw_tls_error(tls, result.error, doing);
    }
  }
}

/// The host of "host:port"; "" for a stream of from_fd().
std::string host_of(const std::string& peer) {
  const std::size_t colon = peer.rfind(':');
  return colon == std::string::npos ? "" : peer.substr(0, colon);
}

std::unique_ptr<detail::TcpTls> begin_tls(int fd, const std::string& host, const Tls& tls,
                                          coro::TimePoint deadline, const std::string& doing) {
  auto made = std::make_unique<detail::TcpTls>();
  made->server_hostname = tls.server_hostname.empty() ? host : tls.server_hostname;
  if (!made->server_hostname.starts_with('[')) {  // an address may have a zone: "fe80::1%eth0"
    made->server_hostname.resize(
        std::min(made->server_hostname.find('%'), made->server_hostname.size()));
  }
  SSL_CTX* context = nullptr;
  coro::on_loop_stack([&] {
    context = &detail::shard_of_thread("TLS of a TcpStream").tls_contexts.get(tls.verify);
  });
  if (!made->stream.open(*context, fd,
                         {.host = made->server_hostname, .verify = tls.verify.enabled}, nullptr)) {
    throw TcpError(doing + ": " + error_text(ENOMEM));
  }
  made->stream.set({.cert = tls.cert ? &*tls.cert : nullptr, .alpn = tls.alpn});
  handshake(fd, *made, deadline, doing);
  made->alpn_protocol = made->stream.alpn_protocol();
  return made;
}

}  // namespace

TcpStream::TcpStream() = default;

TcpStream::TcpStream(const std::string& host, std::uint16_t port, Seconds timeout)
    : TcpStream(host, port, TcpOptions{.timeout = timeout}) {}

TcpStream::TcpStream(const std::string& host, std::uint16_t port, const TcpOptions& options)
    : TcpStream() {  // so that an exception below runs the destructor
  timeout_ = options.timeout;
  peer_ = host + ":" + std::to_string(port);
  const coro::TimePoint deadline = detail::deadline_after(timeout_);
  const coro::TimePoint began = detail::clock_now();
  net::ShardResolver& names = detail::shard_of_thread("a TcpStream").names;
  const auto answer = look_up(names, host, deadline);
  Dialed dialed = dial(*answer, port, deadline);
  if (dialed.fd < 0 && dialed.error != ECANCELED) {
    if (const auto other = names.find_other(host, answer, began, deadline)) {
      dialed = dial(*other, port, deadline);
    }
  }
  fd_ = dialed.fd;
  if (fd_ < 0) {
    if (dialed.error == 0) {
      throw TcpTimeout("connecting to " + peer_ + ": timed out");
    }
    if (dialed.error == ECANCELED) {
      throw TcpError("connecting to " + peer_ + ": the user is being stopped");
    }
    throw TcpError("connecting to " + peer_ + ": " + error_text(dialed.error));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.tls) {
    tls_ = begin_tls(fd_, host, *options.tls, deadline, "connecting to " + peer_);
  }
}

void TcpStream::start_tls(const Tls& tls) {
  if (fd_ < 0) {
    throw TcpError("start_tls: the TcpStream is not connected");
  }
  if (tls_ != nullptr) {
    throw TcpError("start_tls: " + peer_ + " has TLS already");
  }
  if (!buffer_.empty()) {
    throw TcpError("start_tls: " + peer_ + " has sent " + std::to_string(buffer_.size()) +
                   " bytes that are not read yet");
  }
  const std::string host = host_of(peer_);
  if (host.empty() && tls.server_hostname.empty()) {
    throw TcpError("start_tls: set .server_hostname, the name that the certificate is for");
  }
  try {
    tls_ =
        begin_tls(fd_, host, tls, detail::deadline_after(timeout_), "starting TLS with " + peer_);
  } catch (...) {
    close();  // what is written later must not go without TLS
    throw;
  }
}

std::string TcpStream::selected_alpn_protocol() const {
  return tls_ == nullptr ? "" : tls_->alpn_protocol;
}

TcpStream TcpStream::from_fd(int fd, Seconds timeout) {
  TcpStream stream;
  stream.fd_ = fd;
  stream.timeout_ = timeout;
  stream.peer_ = "fd " + std::to_string(fd);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return stream;
}

TcpStream::~TcpStream() { close(); }

TcpStream::TcpStream(TcpStream&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      timeout_(other.timeout_),
      peer_(std::move(other.peer_)),
      buffer_(std::move(other.buffer_)),
      tls_(std::move(other.tls_)),
      turns_(other.turns_) {}

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    timeout_ = other.timeout_;
    peer_ = std::move(other.peer_);
    buffer_ = std::move(other.buffer_);
    tls_ = std::move(other.tls_);
    turns_ = other.turns_;
  }
  return *this;
}

void TcpStream::close() {
  if (tls_ != nullptr) {
    tls_->finish();
    tls_.reset();
  }
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
  buffer_.clear();
}

void TcpStream::wait(bool readable, const char* doing) {
  turns_ = 0;
  wait_for(fd_, readable, detail::deadline_after(timeout_), doing + (" " + peer_));
}

/// Called before each read or write: lets other coroutines run from time to time.
void TcpStream::share_thread() {
  if (++turns_ >= kTurns) {
    turns_ = 0;
    coro::this_coroutine::yield();  // false: an exception is unwinding, the rest is written or read
  }
}

/// Receives data; waits until there is some. Returns 0 at the end of the stream.
std::size_t TcpStream::receive(std::span<char> buffer) {
  for (;;) {
    share_thread();
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno == EAGAIN) {
      wait(true, "reading from");
    } else if (errno != EINTR) {
      throw TcpError("reading from " + peer_ + ": " + error_text(errno));
    }
  }
}

/// The same for TLS, into the buffer. Returns false at the end of the stream.
bool TcpStream::receive_tls() {
  using Kind = net::TlsResult::Kind;
  for (;;) {
    share_thread();
    switch (tls_->receive(buffer_)) {
      case Kind::kDone:
        return true;
      case Kind::kClosed:
        return false;
      case Kind::kWantsRead:
        tls_->stream.set_idle();
        wait(true, "reading from");
        break;
      case Kind::kWantsWrite:
        wait(false, "reading from");
        break;
      case Kind::kFailed:
        throw_tls_error(*tls_, tls_->end->error, "reading from " + peer_);
    }
  }
}

/// Receives data into the buffer. Throws TcpClosed at the end of the stream.
void TcpStream::fill() {
  bool ended = false;
  if (tls_ != nullptr) {
    ended = !receive_tls();
  } else {
    std::array<char, kReceiveSize> block;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const std::size_t count = receive(block);
    DCHECK(count <= block.size());
    buffer_.append(block.data(), count);
    ended = count == 0;
  }
  if (ended) {
    throw TcpClosed("reading from " + peer_ + ": closed by the other side");
  }
}

std::size_t TcpStream::read_some(std::span<char> buffer) {
  if (buffer_.empty() && tls_ == nullptr) {
    return receive(buffer);
  }
  if (buffer_.empty() && !receive_tls()) {
    return 0;
  }
  const std::size_t count = std::min(buffer.size(), buffer_.size());
  std::memcpy(buffer.data(), buffer_.data(), count);
  buffer_.erase(0, count);
  return count;
}

std::string TcpStream::read_some(std::size_t max) {
  if (buffer_.empty() && tls_ == nullptr) {
    std::string text(max, '\0');
    text.resize(receive(text));
    return text;
  }
  if (buffer_.empty() && !receive_tls()) {
    return "";
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
  if (tls_ != nullptr) {
    write_tls(data);
    return;
  }
  while (!data.empty()) {
    share_thread();
    const ssize_t count = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      wait(false, "writing to");
    } else if (errno != EINTR) {
      throw TcpError("writing to " + peer_ + ": " + error_text(errno));
    }
  }
}

void TcpStream::write_tls(std::string_view data) {
  using Kind = net::TlsResult::Kind;
  while (!data.empty()) {
    share_thread();
    const net::TlsResult result = tls_->stream.write(data);
    switch (result.kind) {
      case Kind::kDone:
        data.remove_prefix(result.size);
        break;
      case Kind::kWantsRead:
        wait(true, "writing to");
        break;
      case Kind::kWantsWrite:
        wait(false, "writing to");
        break;
      case Kind::kClosed:
        throw TcpClosed("writing to " + peer_ + ": closed by the other side");
      case Kind::kFailed:
        throw_tls_error(*tls_, result.error, "writing to " + peer_);
    }
  }
}

bool TcpStream::wait_readable(Seconds timeout) {
  using Kind = net::TlsResult::Kind;
  if (fd_ < 0) throw TcpError("wait_readable: the TcpStream is not connected");
  if (tls_ == nullptr) {
    return !buffer_.empty() || cppworker::wait_readable(fd_, timeout);
  }
  // What is readable in the socket may be a part of a record, or of the protocol itself.
  const coro::TimePoint deadline = detail::deadline_after(timeout);
  while (buffer_.empty()) {
    const Kind kind = tls_->receive(buffer_);
    if (kind == Kind::kClosed || kind == Kind::kFailed) {
      return true;
    }
    if (kind == Kind::kWantsRead) tls_->stream.set_idle();
    using coro::this_coroutine::FdResult;
    const auto wait_for_it = kind == Kind::kWantsWrite ? &coro::this_coroutine::wait_writable
                                                       : &coro::this_coroutine::wait_readable;
    if (kind != Kind::kDone && wait_for_it(fd_, deadline) != FdResult::kReady) {
      return false;
    }
  }
  return true;
}

void TcpStream::shutdown_write() {
  if (tls_ != nullptr) {
    while (tls_->stream.send_end().kind == net::TlsResult::Kind::kWantsWrite) {
      wait(false, "writing to");
    }
  }
  ::shutdown(fd_, SHUT_WR);
}

}  // namespace cppworker
