#include "http/curl/curl_sockets.hpp"

#include <cerrno>
#include <new>
#include <system_error>

#include <sys/epoll.h>

#include "base/check.hpp"

namespace cppworker::http {

int CurlSockets::want(curl_socket_t fd, int poll) noexcept {
  const auto index = static_cast<std::size_t>(fd);
  try {
    if (index >= sockets_.size()) {
      sockets_.resize(index + index / 2 + 64);
    }
    Socket& socket = sockets_[index];
    socket.wanted = 0;
    if (poll == CURL_POLL_IN || poll == CURL_POLL_INOUT) {
      socket.wanted |= EPOLLIN;
    }
    if (poll == CURL_POLL_OUT || poll == CURL_POLL_INOUT) {
      socket.wanted |= EPOLLOUT;
    }
    if (socket.wanted != 0 && socket.wanted != socket.watched) {
      scheduler_.watch(fd, socket.wanted, handler_);
      watched_ += socket.watched == 0 ? 1 : 0;
      socket.watched = socket.wanted;
    }
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

void CurlSockets::closing(curl_socket_t fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= sockets_.size()) {
    return;
  }
  if (sockets_[index].watched != 0) {
    DCHECK(watched_ != 0);
    scheduler_.unwatch(fd);
    --watched_;
  }
  sockets_[index] = {};
}

int CurlSockets::take_events(int fd, std::uint32_t epoll_events) {
  DCHECK(static_cast<std::size_t>(fd) < sockets_.size());
  Socket& socket = sockets_[static_cast<std::size_t>(fd)];
  DCHECK(socket.watched != 0);
  if (socket.wanted == 0) {
    closing(fd);
    return 0;
  }
  int events = 0;
  events |= (epoll_events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
  events |= (epoll_events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
  events |= (epoll_events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
  return events;
}

}  // namespace cppworker::http
