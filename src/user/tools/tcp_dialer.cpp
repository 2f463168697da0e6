#include "user/tools/tcp_dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cppworker/time.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "net/source_addresses.hpp"

namespace cppworker::detail {

TcpDialer::TcpDialer(std::vector<net::SocketAddress> addresses, coro::TimePoint deadline)
    : addresses_(std::move(addresses)), deadline_(deadline) {}

TcpDialer::~TcpDialer() {
  for (const int fd : pending_) {
    ::close(fd);
  }
  if (poller_ >= 0) {
    ::close(poller_);
  }
}

int TcpDialer::dial() {
  DCHECK(pending_.empty());
  for (std::size_t next = 0; next < addresses_.size() || !pending_.empty();) {
    if (next < addresses_.size()) {
      start(addresses_[next++]);
    }
    const bool last = next == addresses_.size();
    const coro::TimePoint until =
        last ? deadline_ : std::min<coro::TimePoint>(deadline_, clock_now() + kHeadStart);
    do {
      if (const int fd = take_connected(); fd >= 0) {
        return fd;
      }
      if (pending_.empty()) {
        break;
      }
      if (clock_now() >= deadline_) {
        error_ = 0;
        return -1;
      }
      if (!wait(until)) {
        error_ = ECANCELED;
        return -1;
      }
    } while (clock_now() < until || last);
  }
  return -1;
}

void TcpDialer::start(const net::SocketAddress& address) {
  const int fd =
      ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) {
    error_ = errno;
    return;
  }
  error_ = net::SourceAddresses::process().bind(fd, address.family());
  if (error_ == 0 && ::connect(fd, address.get(), address.size()) != 0 && errno != EINPROGRESS) {
    error_ = errno;
  }
  if (error_ != 0) {
    ::close(fd);
    return;
  }
  pending_.push_back(fd);
  if (addresses_.size() == 1) {
    return;  // wait() waits for the socket itself
  }
  if (poller_ < 0) {
    poller_ = ::epoll_create1(EPOLL_CLOEXEC);
  }
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  ::epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event);
}

bool TcpDialer::wait(coro::TimePoint until) {
  DCHECK(!pending_.empty());
  using coro::this_coroutine::FdResult;
  if (poller_ < 0) {
    return coro::this_coroutine::wait_writable(pending_.front(), until) != FdResult::kStopped;
  }
  const FdResult result = coro::this_coroutine::wait_readable(poller_, until);
  epoll_event event{};
  ::epoll_wait(poller_, &event, 1, 0);  // consumes the event; take_connected() checks all sockets
  return result != FdResult::kStopped;
}

int TcpDialer::take_connected() {
  for (std::size_t i = 0; i < pending_.size();) {
    const int fd = pending_[i];
    pollfd poll{.fd = fd, .events = POLLOUT, .revents = 0};
    if (::poll(&poll, 1, 0) <= 0) {
      ++i;
      continue;
    }
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    int error = 0;
    socklen_t size = sizeof error;
    CHECK(::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
    if (error == 0) {
      return fd;
    }
    error_ = error;
    ::close(fd);
  }
  return -1;
}

}  // namespace cppworker::detail
