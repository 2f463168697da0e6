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
#include "coro/scheduler.hpp"
#include "user/deadline.hpp"
#include "user/tools/host_lookup.hpp"
#include "user/tools/tcp_dialer.hpp"

namespace cppworker {

namespace {

/// The size of one receive. The buffer is on the stack of the user, which is small.
constexpr std::size_t kReceiveSize = 4096;

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

}  // namespace

TcpStream::TcpStream(const std::string& host, std::uint16_t port, Seconds timeout)
    : timeout_(timeout), peer_(host + ":" + std::to_string(port)) {
  const coro::TimePoint deadline = detail::deadline_after(timeout);
  const coro::TimePoint began = detail::clock_now();
  net::ShardResolver& names = detail::names_of_thread("a TcpStream");
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
      buffer_(std::move(other.buffer_)) {}

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    timeout_ = other.timeout_;
    peer_ = std::move(other.peer_);
    buffer_ = std::move(other.buffer_);
  }
  return *this;
}

void TcpStream::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
  buffer_.clear();
}

void TcpStream::wait(bool readable, const char* doing) const {
  using coro::this_coroutine::FdResult;
  const coro::TimePoint deadline = detail::deadline_after(timeout_);
  const FdResult result = readable ? coro::this_coroutine::wait_readable(fd_, deadline)
                                   : coro::this_coroutine::wait_writable(fd_, deadline);
  if (result == FdResult::kTimeout) {
    throw TcpTimeout(std::string(doing) + " " + peer_ + ": timed out");
  }
  if (result == FdResult::kStopped) {
    throw TcpError(std::string(doing) + " " + peer_ + ": the user is being stopped");
  }
}

/// Receives data; waits until there is some. Returns 0 at the end of the stream.
std::size_t TcpStream::receive(std::span<char> buffer) {
  for (;;) {
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

/// Receives data into the buffer. Throws TcpClosed at the end of the stream.
void TcpStream::fill() {
  std::array<char, kReceiveSize> block;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const std::size_t count = receive(block);
  DCHECK(count <= block.size());
  if (count == 0) {
    throw TcpClosed("reading from " + peer_ + ": closed by the other side");
  }
  buffer_.append(block.data(), count);
}

std::size_t TcpStream::read_some(std::span<char> buffer) {
  if (buffer_.empty()) {
    return receive(buffer);
  }
  const std::size_t count = std::min(buffer.size(), buffer_.size());
  std::memcpy(buffer.data(), buffer_.data(), count);
  buffer_.erase(0, count);
  return count;
}

std::string TcpStream::read_some(std::size_t max) {
  if (!buffer_.empty()) {
    std::string text = buffer_.substr(0, max);
    buffer_.erase(0, text.size());
    return text;
  }
  std::string text(max, '\0');
  text.resize(receive(text));
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
  while (!data.empty()) {
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

bool TcpStream::wait_readable(Seconds timeout) const {
  if (fd_ < 0) throw TcpError("wait_readable: the TcpStream is not connected");
  return !buffer_.empty() || cppworker::wait_readable(fd_, timeout);
}

void TcpStream::shutdown_write() { ::shutdown(fd_, SHUT_WR); }

}  // namespace cppworker
