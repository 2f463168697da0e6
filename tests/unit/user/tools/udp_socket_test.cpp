#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/udp_socket.hpp>
#include <cppworker/user.hpp>

#include "net/socket_address.hpp"
#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;

/// A bound socket that answers by hand.
class UdpPeer {
 public:
  explicit UdpPeer(std::string_view ip = "127.0.0.1")
      : address_(net::SocketAddress::parse(ip).value()),
        fd_(::socket(address_.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        bound_(::bind(fd_, address_.get(), address_.size()) == 0) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const any = reinterpret_cast<sockaddr*>(&storage);
    if (bound_ && ::getsockname(fd_, any, &size) == 0) {
      address_ = net::SocketAddress::from(*any, size).value();
    }
  }
  ~UdpPeer() { close(); }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;

  [[nodiscard]] bool is_bound() const { return bound_; }
  [[nodiscard]] std::uint16_t port() const { return address_.port(); }
  /// The datagram that has arrived, and its sender for answer(); none if nothing has arrived.
  std::optional<std::string> take() {
    std::string datagram(70'000, '\0');
    client_size_ = sizeof client_;
    const ssize_t count = ::recvfrom(fd_, datagram.data(), datagram.size(), MSG_DONTWAIT,
                                     reinterpret_cast<sockaddr*>(&client_), &client_size_);
    if (count < 0) {
      return std::nullopt;
    }
    datagram.resize(static_cast<std::size_t>(count));
    return datagram;
  }
  void answer(std::string_view datagram) const {
    EXPECT_EQ(::sendto(fd_, datagram.data(), datagram.size(), 0,
                       reinterpret_cast<const sockaddr*>(&client_), client_size_),
              std::ssize(datagram));
  }
  void close() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = -1;
  }

 private:
  net::SocketAddress address_;
  int fd_;
  bool bound_;
  sockaddr_storage client_{};
  socklen_t client_size_ = 0;
};

std::string udp_failure(const std::function<void()>& operation) {
  try {
    operation();
  } catch (const UdpError& error) {
    return error.what();
  }
  return "no failure";
}

using UdpSocketTest = ThreadsTest;

TEST_F(UdpSocketTest, SendsAndReceivesWholeDatagrams) {
  run([] {
    UdpPeer peer;
    UdpSocket socket("127.0.0.1", peer.port());
    socket.send("first");
    socket.send("");
    EXPECT_EQ(peer.take(), "first");
    EXPECT_EQ(peer.take(), "");
    EXPECT_EQ(peer.take(), std::nullopt);
    peer.answer("a");
    peer.answer("");
    peer.answer("bc");
    EXPECT_EQ(socket.receive(), "a");
    EXPECT_EQ(socket.receive(), "");
    EXPECT_EQ(socket.receive(0s), "bc");
  });
}

TEST_F(UdpSocketTest, TheLargestDatagramPassesAndALargerOneIsAnError) {
  run([] {
    UdpPeer peer;
    UdpSocket socket("127.0.0.1", peer.port());
    const std::string largest(UdpSocket::kDatagramMax, 'x');
    socket.send(largest);
    EXPECT_EQ(peer.take(), largest);
    peer.answer(largest);
    EXPECT_EQ(socket.receive(), largest);
    EXPECT_EQ(udp_failure([&] { socket.send(largest + "x"); }),
              "sending to 127.0.0.1:" + std::to_string(peer.port()) +
                  ": the datagram has 65508 bytes, the limit is 65507");
    EXPECT_EQ(peer.take(), std::nullopt);
  });
}

TEST_F(UdpSocketTest, ReceivesOfItsPeerOnly) {
  run([] {
    UdpPeer peer;
    UdpPeer stranger;
    UdpSocket socket("127.0.0.1", peer.port());
    UdpSocket other("127.0.0.1", stranger.port());
    socket.send("question");
    EXPECT_EQ(peer.take(), "question");
    peer.answer("answer");
    other.send("question");
    EXPECT_EQ(stranger.take(), "question");
    stranger.answer("of the stranger");
    EXPECT_EQ(socket.receive(), "answer");
    EXPECT_FALSE(socket.wait_readable(0s));
    EXPECT_EQ(other.receive(), "of the stranger");
  });
}

TEST_F(UdpSocketTest, OtherCoroutinesRunWhileItWaits) {
  run([&] {
    UdpPeer peer;
    UdpSocket socket("127.0.0.1", peer.port());
    socket.send("question");
    scheduler.spawn([&] {
      EXPECT_EQ(peer.take(), "question");
      peer.answer("answer");
    });
    EXPECT_EQ(socket.receive(), "answer");
  });
}

TEST_F(UdpSocketTest, TimesOutWhenNothingComes) {
  run([&] {
    UdpPeer peer;
    UdpSocket socket("127.0.0.1", peer.port(), 5s);
    auto begin = clock.now();
    EXPECT_THROW(static_cast<void>(socket.receive()), UdpTimeout);
    EXPECT_EQ(clock.now() - begin, 5s);
    begin = clock.now();
    EXPECT_EQ(udp_failure([&] { static_cast<void>(socket.receive(2s)); }),
              "receiving from 127.0.0.1:" + std::to_string(peer.port()) + ": timed out");
    EXPECT_EQ(clock.now() - begin, 2s);
    socket.set_timeout(1s);
    EXPECT_THROW(static_cast<void>(socket.receive()), UdpTimeout);
    EXPECT_EQ(clock.now() - begin, 3s);
    EXPECT_FALSE(socket.wait_readable(1s));
    EXPECT_EQ(clock.now() - begin, 4s);
    socket.send("still usable");
    EXPECT_EQ(peer.take(), "still usable");
  });
}

TEST_F(UdpSocketTest, APortWithoutAProgramRefusesAndTheSocketStaysUsable) {
  run([] {
    UdpPeer peer;
    const std::string name = "127.0.0.1:" + std::to_string(peer.port());
    UdpSocket socket("127.0.0.1", peer.port());
    peer.close();
    socket.send("to nobody");
    EXPECT_EQ(udp_failure([&] { static_cast<void>(socket.receive()); }),
              "receiving from " + name + ": Connection refused");
    socket.send("to nobody");
    EXPECT_EQ(udp_failure([&] { socket.send("again"); }),
              "sending to " + name + ": Connection refused");
    EXPECT_TRUE(socket.is_open());
  });
}

TEST_F(UdpSocketTest, IPv6) {
  run([] {
    UdpPeer peer("::1");
    if (!peer.is_bound()) GTEST_SKIP() << "this machine has no IPv6";
    for (const char* const host : {"::1", "[::1]"}) {
      UdpSocket socket(host, peer.port());
      socket.send("question");
      EXPECT_EQ(peer.take(), "question");
      peer.answer("answer");
      EXPECT_EQ(socket.receive(), "answer");
    }
  });
}

TEST_F(UdpSocketTest, ASocketThatIsNotConnectedFails) {
  run([] {
    UdpSocket socket;
    EXPECT_FALSE(socket.is_open());
    EXPECT_EQ(udp_failure([&] { socket.send("x"); }), "send: the UdpSocket is not connected");
    EXPECT_EQ(udp_failure([&] { static_cast<void>(socket.receive()); }),
              "receive: the UdpSocket is not connected");
    EXPECT_EQ(udp_failure([&] { static_cast<void>(socket.wait_readable()); }),
              "wait_readable: the UdpSocket is not connected");
  });
}

TEST_F(UdpSocketTest, MovesTakeTheSocketAlong) {
  run([] {
    UdpPeer peer;
    UdpSocket first("127.0.0.1", peer.port());
    const int fd = first.native_handle();
    UdpSocket second(std::move(first));
    EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move)
    UdpSocket third;
    third = std::move(second);
    EXPECT_EQ(third.native_handle(), fd);
    third.send("moved");
    EXPECT_EQ(peer.take(), "moved");
    third.close();
    EXPECT_FALSE(third.is_open());
  });
}

TEST_F(UdpSocketTest, AStopEndsReceiveAndDestructorsFail) {
  run([&] {
    UdpPeer peer;
    std::string failed_with;
    struct ReceivesAtEnd {
      UdpSocket& socket;
      std::string& failed_with;
      ~ReceivesAtEnd() {
        failed_with = udp_failure([&] { static_cast<void>(socket.receive()); });
      }
    };
    coro::Coroutine& user = scheduler.spawn([&] {
      UdpSocket socket("127.0.0.1", peer.port());
      const ReceivesAtEnd end{socket, failed_with};
      static_cast<void>(socket.receive());
    });
    sleep_for(1s);
    user.request_stop();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U);
    EXPECT_THAT(failed_with, testing::EndsWith(": the user is being stopped"));
  });
}

/// The test plays the name server.
class UdpSocketNameTest : public ThreadsTest {
 protected:
  UdpSocketNameTest() : ThreadsTest(resolver_) {}

  std::vector<const char*> addresses;

 private:
  net::Resolver resolver_{[this](const std::string&) {
    net::LookupResult result{.gai_error = addresses.empty() ? EAI_AGAIN : 0, .addresses = {}};
    for (const char* const text : addresses) {
      result.addresses.push_back(net::SocketAddress::parse(text).value());
    }
    return result;
  }};
};

TEST_F(UdpSocketNameTest, EachSocketBeginsWithTheNextAddressOfTheName) {
  run([&] {
    UdpPeer all("0.0.0.0");
    addresses = {"127.0.0.1", "127.0.0.2"};
    std::vector<std::string> peers;
    for (int i = 0; i < 3; ++i) {
      const UdpSocket socket("dns.test", all.port(), forever);
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      auto* const any = reinterpret_cast<sockaddr*>(&storage);
      ASSERT_EQ(::getpeername(socket.native_handle(), any, &size), 0);
      peers.push_back(net::SocketAddress::from(*any, size).value().ip());
    }
    EXPECT_THAT(peers, testing::ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.1"));
  });
}

TEST_F(UdpSocketNameTest, AFailedLookupIsAnError) {
  run([] {
    EXPECT_EQ(udp_failure([] { const UdpSocket socket("dns.test", 53, forever); }),
              "looking up dns.test: Temporary failure in name resolution");
  });
}

}  // namespace
}  // namespace cppworker
