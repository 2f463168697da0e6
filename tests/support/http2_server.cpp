#include "support/http2_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cppworker::test_support {

Http2Server::Http2Server(coro::Scheduler& scheduler, std::uint32_t window,
                         std::uint32_t max_streams)
    : scheduler_(scheduler),
      window_(window),
      max_streams_(max_streams),
      fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd_, generic, sizeof address), 0);
  EXPECT_EQ(::listen(fd_, 100), 0);
  socklen_t size = sizeof address;
  ::getsockname(fd_, generic, &size);
  port_ = ntohs(address.sin_port);
  scheduler_.watch(fd_, EPOLLIN, *this);
}

Http2Server::~Http2Server() {
  for (const auto& connection : connections) close(*connection);
  stop_listening();
}

void Http2Server::stop_listening() {
  if (fd_ < 0) return;
  scheduler_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
}

void Http2Server::close(Connection& connection) {
  if (connection.fd < 0) return;
  scheduler_.unwatch(connection.fd);
  ::close(std::exchange(connection.fd, -1));
}

void Http2Server::on_fd_ready(int fd, std::uint32_t epoll_events) {
  if (fd == fd_) return accept_all();
  for (std::size_t i = 0; i < connections.size(); ++i) {
    Connection& connection = *connections[i];
    if (connection.fd != fd) continue;
    if ((epoll_events & EPOLLOUT) != 0) flush(connection);
    if (connection.fd == fd && (epoll_events & (EPOLLIN | EPOLLHUP)) != 0) read(connection);
    return;
  }
}

void Http2Server::accept_all() {
  for (;;) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    // Nagle's algorithm would hold a frame back for up to 40 ms of real time, while virtual time
    // goes on.
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    Connection& connection = *connections.emplace_back(std::make_unique<Connection>());
    connection.peer = std::make_unique<Http2Peer>(window_, true, max_streams_);
    connection.fd = fd;
    scheduler_.watch(fd, EPOLLIN, *this);
    if (garbage.empty()) {
      flush(connection);
    } else {
      EXPECT_EQ(::send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL), std::ssize(garbage));
    }
  }
}

void Http2Server::read(Connection& connection) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t size = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return close(connection);
  if (!garbage.empty()) return;
  connection.peer->receive({buffer.data(), static_cast<std::size_t>(size)});
  std::size_t index = 0;
  for (auto& [id, request] : connection.peer->requests) {
    if (index++ < connection.seen) continue;
    if (!request.has_ended && !at_headers) break;
    ++connection.seen;
    if (on_request) on_request(connection, id);
    if (connection.fd < 0) return;
  }
  flush(connection);
}

void Http2Server::flush(Connection& connection) {
  if (connection.fd < 0) return;
  connection.unsent += connection.peer->output();
  while (!connection.unsent.empty()) {
    const ssize_t sent =
        ::send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) break;
    connection.unsent.erase(0, static_cast<std::size_t>(sent));
  }
  const bool wants_write = !connection.unsent.empty();
  if (wants_write != connection.watches_writable) {
    connection.watches_writable = wants_write;
    scheduler_.watch(connection.fd, wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
  }
}

}  // namespace cppworker::test_support
