#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/udp_socket.hpp>

#include "coro/scheduler.hpp"
#include "net/receive_buffer.hpp"
#include "net/source_addresses.hpp"
#include "user/deadline.hpp"
#include "user/shard.hpp"
#include "user/tools/host_lookup.hpp"

namespace cppworker {

namespace {

/// Operations before other coroutines run: UDP's send() rarely has to wait.
constexpr unsigned kUdpTurns = 16;

/// @param doing the beginning of the message
[[noreturn]] void throw_udp_error(int error, const std::string& doing) {
  throw UdpError(doing + ": " + std::generic_category().message(error));
}

void check_udp_wait(coro::this_coroutine::FdResult result, const std::string& doing) {
  if (result == coro::this_coroutine::FdResult::kTimeout) {
    throw UdpTimeout(doing + ": timed out");
  }
  if (result == coro::this_coroutine::FdResult::kStopped) {
    throw UdpError(doing + ": the user is being stopped");
  }
}

/// A socket that is connected to the first address that has a route; -1: `error` is the last errno.
int connect_to_first(const std::vector<net::SocketAddress>& addresses, int& error) {
  for (const net::SocketAddress& address : addresses) {
    const int fd = ::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    error = net::SourceAddresses::process().bind(fd, address.family());
    if (error == 0 && ::connect(fd, address.get(), address.size()) == 0) {
      return fd;
    }
    error = error != 0 ? error : errno;
    ::close(fd);
  }
  return -1;
}

}  // namespace

UdpSocket::UdpSocket(const std::string& host, std::uint16_t port, Seconds timeout)
    : timeout_(timeout), peer_(host + ":" + std::to_string(port)) {
  const detail::HostLookup found = detail::look_up_host(
      detail::shard_of_thread("a UdpSocket").names, host, detail::deadline_after(timeout));
  if (found.timed_out) {
    throw UdpTimeout(found.error);
  }
  if (found.answer == nullptr) {
    throw UdpError(found.error);
  }
  int error = 0;
  fd_ = connect_to_first(found.answer->for_connection(port), error);
  if (fd_ < 0) {
    throw_udp_error(error, "connecting to " + peer_);
  }
}

UdpSocket::~UdpSocket() { close(); }

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      timeout_(other.timeout_),
      peer_(std::move(other.peer_)),
      turns_(other.turns_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    timeout_ = other.timeout_;
    peer_ = std::move(other.peer_);
    turns_ = other.turns_;
  }
  return *this;
}

void UdpSocket::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

/// Called before each operation: lets other coroutines run from time to time.
void UdpSocket::share_thread() {
  if (++turns_ >= kUdpTurns) {
    turns_ = 0;
    coro::this_coroutine::yield();
  }
}

void UdpSocket::send(std::string_view datagram) {
  if (fd_ < 0) {
    throw UdpError("send: the UdpSocket is not connected");
  }
  const auto doing = [this] { return "sending to " + peer_; };
  if (datagram.size() > kDatagramMax) {
    throw UdpError(doing() + ": the datagram has " + std::to_string(datagram.size()) +
                   " bytes, the limit is " + std::to_string(kDatagramMax));
  }
  share_thread();
  const coro::TimePoint deadline = detail::deadline_after(timeout_);
  while (::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) {
    if (errno == EAGAIN) {
      check_udp_wait(coro::this_coroutine::wait_writable(fd_, deadline), doing());
    } else if (errno != EINTR) {
      throw_udp_error(errno, doing());
    }
  }
}

std::string UdpSocket::receive(Seconds timeout) {
  if (fd_ < 0) {
    throw UdpError("receive: the UdpSocket is not connected");
  }
  share_thread();
  const coro::TimePoint deadline = detail::deadline_after(timeout);
  for (;;) {
    const std::span<char> buffer = net::receive_buffer();
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count >= 0) {
      return {buffer.data(), static_cast<std::size_t>(count)};
    }
    if (errno == EAGAIN) {
      check_udp_wait(coro::this_coroutine::wait_readable(fd_, deadline), "receiving from " + peer_);
    } else if (errno != EINTR) {
      throw_udp_error(errno, "receiving from " + peer_);
    }
  }
}

bool UdpSocket::wait_readable(Seconds timeout) const {
  if (fd_ < 0) throw UdpError("wait_readable: the UdpSocket is not connected");
  return cppworker::wait_readable(fd_, timeout);
}

}  // namespace cppworker
