#include "unit/mqtt/scripted_broker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/waiting.hpp>

namespace cppworker::mqtt {

ClientPacket BrokerPeer::receive() {
  for (;;) {
    ClientPacket packet;
    std::size_t size = 0;
    if (!received_.empty()) {
      FrameReader reader;
      reader.feed(received_, [&](const Frame& frame) {
        packet = {frame.type, frame.flags, std::string(frame.body)};
        size = static_cast<std::size_t>(frame.body.data() - received_.data()) + frame.body.size();
        return false;
      });
    }
    if (size != 0) {
      received_.erase(0, size);
      return packet;
    }
    if (fd_ < 0) return {};
    std::array<char, 4096> bytes{};
    const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count > 0) {
      received_.append(bytes.data(), static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EAGAIN) {
      static_cast<void>(wait_readable(fd_));
    } else {
      close();
    }
  }
}

std::size_t BrokerPeer::drop(std::size_t count) {
  std::string bytes(std::size_t{1} << 16U, '\0');
  std::size_t dropped = 0;
  while (dropped < count) {
    const ssize_t size =
        ::recv(fd_, bytes.data(), std::min(bytes.size(), count - dropped), MSG_DONTWAIT);
    if (size > 0) {
      dropped += static_cast<std::size_t>(size);
    } else if (size < 0 && errno == EAGAIN) {
      static_cast<void>(wait_readable(fd_));
    } else {
      break;
    }
  }
  return dropped;
}

void BrokerPeer::send(std::string_view bytes) const {
  EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
}

bool BrokerPeer::send_some(std::string_view repeated, std::size_t& sent) const {
  const std::string_view rest = repeated.substr(sent % repeated.size());
  const ssize_t count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0) {
    sent += static_cast<std::size_t>(count);
    return true;
  }
  return errno == EAGAIN && wait_writable(fd_);
}

void BrokerPeer::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

ScriptedBroker::ScriptedBroker()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);  // NOLINT: C
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, any, size), 0);
  EXPECT_EQ(::listen(listener_, 100), 0);
  EXPECT_EQ(::getsockname(listener_, any, &size), 0);
  port_ = ntohs(address.sin_port);
}

ScriptedBroker::~ScriptedBroker() { ::close(listener_); }

int ScriptedBroker::accept() const {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;  // otherwise the kernel delays small packets, in real time
      EXPECT_EQ(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
      return fd;
    }
    static_cast<void>(wait_readable(listener_));
  }
}

}  // namespace cppworker::mqtt
