#include "app/reserved_port.hpp"

#include <system_error>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "net/socket_address.hpp"

namespace cppworker::app {
namespace {

/// A server as Locust starts it: it sets SO_REUSEADDR.
class Server {
 public:
  explicit Server(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = *net::SocketAddress::parse("127.0.0.1", port);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    listens_ = bind(fd_, address.get(), address.size()) == 0 && listen(fd_, 1) == 0;
  }
  ~Server() { close(fd_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] bool listens() const { return listens_; }

 private:
  int fd_;
  bool listens_ = false;
};

TEST(ReservedPort, IsFreeForTheProgramThatAsksForIt) {
  const ReservedPort port("127.0.0.1", 0);
  EXPECT_NE(port.port(), 0);
  EXPECT_FALSE(port.is_served());
  const Server server(port.port());
  EXPECT_TRUE(server.listens());
  EXPECT_TRUE(port.is_served());
}

TEST(ReservedPort, OfAllAddressesIsServedOnOne) {
  const ReservedPort port("", 0);
  const Server server(port.port());
  ASSERT_TRUE(server.listens());
  EXPECT_TRUE(port.is_served());
  EXPECT_NE(ReservedPort("*", 0).port(), 0);
  EXPECT_NE(ReservedPort("localhost", 0).port(), 0);
}

TEST(ReservedPort, RejectsAPortAtWhichAProgramListens) {
  const ReservedPort port("127.0.0.1", 0);
  const Server server(port.port());
  ASSERT_TRUE(server.listens());
  EXPECT_THROW(ReservedPort("127.0.0.1", port.port()), std::system_error);
  EXPECT_THROW(ReservedPort("192.0.2.1", 0), std::system_error) << "not of this machine";
  EXPECT_THROW(ReservedPort("no such host", 0), Error);
}

}  // namespace
}  // namespace cppworker::app
