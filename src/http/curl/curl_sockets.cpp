#include "http/curl/curl_sockets.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"
#include "net/is_silent.hpp"

namespace cppworker::http {

namespace {

/// Identifies an open file; 0: the fd is closed.
ino_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

CurlSockets::~CurlSockets() {
  if (ended_ >= 0) {
    ::close(ended_);
  }
}

CurlSockets::Socket& CurlSockets::at(curl_socket_t fd) {
  DCHECK(fd >= 0 && static_cast<std::size_t>(fd) < sockets_.size());
  return sockets_[static_cast<std::size_t>(fd)];
}

void CurlSockets::opened(curl_socket_t fd, CurlShare& share, CurlTransfer& user) {
  make_room(fd);
  DCHECK(at(fd).wanted == 0);
  const ino_t inode = inode_of(fd);
  share.note_opened({.fd = fd, .inode = inode});
  at(fd) = {.inode = inode, .user = &user};
}

/// libcurl also has sockets that it doesn't open by our function.
void CurlSockets::make_room(curl_socket_t fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= sockets_.size()) {
    sockets_.resize(index + index / 2 + 64);
  }
}

void CurlSockets::closing(curl_socket_t fd) {
  unwatch(fd);
  at(fd) = {};
}

int CurlSockets::want(curl_socket_t fd, int poll) noexcept {
  std::uint32_t wanted = 0;
  if (poll == CURL_POLL_IN || poll == CURL_POLL_INOUT) {
    wanted |= EPOLLIN;
  }
  if (poll == CURL_POLL_OUT || poll == CURL_POLL_INOUT) {
    wanted |= EPOLLOUT;
  }
  try {
    make_room(fd);
    Socket& socket = at(fd);
    if (wanted == 0) {
      unwatch(fd);
    } else if (wanted != socket.wanted) {
      scheduler_.watch(fd, wanted, handler_);
      watched_ += socket.wanted == 0 ? 1 : 0;
      socket.wanted = wanted;
    }
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

void CurlSockets::unwatch(curl_socket_t fd) {
  Socket& socket = at(fd);
  if (socket.wanted != 0) {
    DCHECK(watched_ != 0);
    scheduler_.unwatch(fd);
    --watched_;
    socket.wanted = 0;
  }
}

CurlTransfer* CurlSockets::user(curl_socket_t fd) const {
  const auto index = static_cast<std::size_t>(fd);
  return index < sockets_.size() ? sockets_[index].user : nullptr;
}

void CurlSockets::set_user(curl_socket_t fd, CurlTransfer& user) {
  if (at(fd).inode != 0) {
    at(fd).user = &user;
  }
}

void CurlSockets::leave(CurlShare& share, const CurlTransfer& user) {
  for (const CurlShare::Socket& socket : share.sockets()) {
    if (at(socket.fd).user == &user) {
      at(socket.fd).user = nullptr;
    }
  }
}

void CurlSockets::set_http2(curl_socket_t fd) {
  if (fd != CURL_SOCKET_BAD) {
    at(fd).http2 = true;
  }
}

bool CurlSockets::is_open(curl_socket_t fd) {
  pollfd poll{.fd = fd, .events = POLLRDHUP, .revents = 0};
  return ::poll(&poll, 1, 0) == 0;
}

bool CurlSockets::still_open(const CurlShare::Socket& socket) {
  Socket& known = at(socket.fd);
  if (known.inode != socket.inode) {
    return false;
  }
  if (inode_of(socket.fd) != socket.inode) {
    DCHECK(known.wanted == 0);
    known = {};
    return false;
  }
  return true;
}

void CurlSockets::spoil_disturbed(CurlShare& share) {
  std::erase_if(share.sockets(), [this](const auto& socket) { return !still_open(socket); });
  for (const CurlShare::Socket& socket : share.sockets()) {
    const Socket& known = at(socket.fd);
    const bool is_idle = known.user == nullptr && known.wanted == 0;
    if (is_idle && !known.http2 && !net::is_silent(socket.fd)) {
      replace_by_ended(socket.fd);
    }
  }
}

/// libcurl has no function that closes an idle connection. All its versions give up one whose
/// socket has been closed by the peer.
void CurlSockets::replace_by_ended(curl_socket_t fd) {
  if (ended_ < 0) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      return;  // no file descriptors: libcurl decides about the connection
    }
    ended_ = pair[0];
    ::close(pair[1]);
  }
  // It fails if the limit of file descriptors was lowered.
  static_cast<void>(::dup3(ended_, fd, O_CLOEXEC));
}

}  // namespace cppworker::http
