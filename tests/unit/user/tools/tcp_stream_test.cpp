#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/tcp_stream.hpp>
#include <cppworker/user.hpp>

#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;

/// A listening socket on a free port of 127.0.0.1, or of another address.
class Listener {
 public:
  explicit Listener(int backlog = 10, in_addr_t address = INADDR_LOOPBACK) {
    address_.sin_addr.s_addr = htonl(address);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
    EXPECT_EQ(::listen(fd_, backlog), 0);
    socklen_t size = sizeof address_;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }
  /// Suspends until a client connects.
  [[nodiscard]] TcpStream accept() const {
    wait_readable(fd_);
    return TcpStream::from_fd(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  void close() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = -1;
  }

 private:
  static sockaddr_in any_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    return address;
  }
  sockaddr_in address_ = any_port();
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

using TcpStreamTest = ThreadsTestOn<coro::RealClock>;

TEST_F(TcpStreamTest, IsReadableWhenItHasReadAhead) {
  run([&] {
    const Listener listener;
    std::optional<TcpStream> server;
    scheduler.spawn([&] { server = listener.accept(); });
    TcpStream stream("127.0.0.1", listener.port());
    stream.write_all("hello\n");
    while (!server) coro::this_coroutine::yield();
    EXPECT_EQ(server->read_until("\n"), "hello\n");
    server->write_all("first\nsecond\n");
    EXPECT_TRUE(stream.wait_readable());
    EXPECT_EQ(stream.read_until("\n"), "first\n");
    EXPECT_TRUE(stream.wait_readable(0s)) << "the second line is in the stream";
    char next = 0;
    EXPECT_EQ(::recv(stream.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT), -1)
        << "and no longer in the socket";
    EXPECT_EQ(stream.read_until("\n"), "second\n");
    EXPECT_FALSE(stream.wait_readable(0s));
    server.reset();
    EXPECT_TRUE(stream.wait_readable()) << "the end is readable";
    EXPECT_EQ(stream.read_some(), "");
    stream.close();
    EXPECT_THROW(static_cast<void>(stream.wait_readable()), TcpError);
  });
}

TEST_F(TcpStreamTest, TalksToAServer) {
  run([&] {
    const Listener listener;
    scheduler.spawn([&] {
      TcpStream server = listener.accept();
      const std::string line = server.read_until("\r\n");
      server.write_all("you said: " + line + "and this follows");
    });
    TcpStream stream("127.0.0.1", listener.port());
    stream.write_all("hello\r\n");
    EXPECT_EQ(stream.read_until("\r\n"), "you said: hello\r\n");
    EXPECT_EQ(stream.read_exactly(8), "and this");
    EXPECT_EQ(stream.read_some(4), " fol") << "what was received with the line is kept";
    EXPECT_THROW(static_cast<void>(stream.read_exactly(100)), TcpClosed);
    EXPECT_EQ(stream.read_some(), "lows");
    EXPECT_EQ(stream.read_some(), "") << "the end";
  });
}

TEST_F(TcpStreamTest, SendsMoreThanTheKernelTakesAtOnce) {
  run([&] {
    const Listener listener;
    const std::string large(20'000'000, 'x');
    std::size_t received = 0;
    scheduler.spawn([&] {
      TcpStream server = listener.accept();
      std::array<char, 50'000> block{};
      while (const std::size_t count = server.read_some(block)) {
        received += count;
      }
      server.write_all("done");
    });
    TcpStream stream("127.0.0.1", listener.port());
    stream.write_all(large);
    stream.shutdown_write();
    EXPECT_EQ(stream.read_exactly(4), "done");
    EXPECT_EQ(received, large.size());
  });
}

TEST_F(TcpStreamTest, TheErrorNamesThePeerThatRefused) {
  run([&] {
    Listener listener;
    const std::uint16_t port = listener.port();
    listener.close();
    try {
      const TcpStream stream("127.0.0.1", port);
      ADD_FAILURE() << "connected to nobody";
    } catch (const TcpError& error) {
      EXPECT_EQ(error.what(),
                "connecting to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
    }
  });
}

TEST_F(TcpStreamTest, ConnectsByNameToAServerOfTheOtherAddressFamily) {
  // localhost is ::1 and 127.0.0.1, or 127.0.0.1 alone: either way only the latter answers.
  run([&] {
    const Listener listener;
    TcpStream stream("localhost", listener.port());
    EXPECT_TRUE(stream.is_open());
    TcpStream again("localhost", listener.port());
    EXPECT_TRUE(again.is_open());
  });
}

TEST_F(TcpStreamTest, ReportsAnUnknownName) {
  run([] {
    try {
      const TcpStream stream("no.such.name.invalid", 80);
      ADD_FAILURE() << "connected to nobody";
    } catch (const TcpError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("looking up no.such.name.invalid: "));
    }
  });
}

/// The test plays the name server.
class Lookups {
 protected:
  std::vector<const char*> addresses;
  int lookups = 0;
  net::Resolver resolver{[this](const std::string&) {
    ++lookups;
    net::LookupResult result{.gai_error = addresses.empty() ? EAI_AGAIN : 0, .addresses = {}};
    for (const char* text : addresses) {
      result.addresses.push_back(net::SocketAddress::parse(text).value());
    }
    return result;
  }};
};

class TcpStreamNameTest : protected Lookups, public ThreadsTest {
 protected:
  TcpStreamNameTest() : ThreadsTest(resolver) {}

  static std::string peer(const TcpStream& stream) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getpeername(stream.native_handle(), reinterpret_cast<sockaddr*>(&address), &size);
    std::array<char, INET_ADDRSTRLEN> text{};
    return ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  }
};

TEST_F(TcpStreamNameTest, BeginsWithTheNextAddressEachTime) {
  run([&] {
    const Listener all(10, INADDR_ANY);
    addresses = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
    std::vector<std::string> peers;
    for (int i = 0; i < 4; ++i) {
      peers.push_back(peer(TcpStream("shop.test", all.port(), forever)));
    }
    EXPECT_THAT(peers, testing::ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"));
    EXPECT_EQ(lookups, 1);
  });
}

TEST_F(TcpStreamNameTest, LooksTheNameUpAgainWhenTheKnownAddressRefuses) {
  run([&] {
    const Listener listener;
    addresses = {"127.0.0.2"};
    EXPECT_THROW(TcpStream("shop.test", listener.port(), forever), TcpError);
    addresses = {"127.0.0.1"};
    sleep_for(10ms);
    EXPECT_EQ(peer(TcpStream("shop.test", listener.port(), forever)), "127.0.0.1");
    EXPECT_EQ(lookups, 2);
  });
}

TEST_F(TcpStreamNameTest, ReportsWhyALookupFailedAndDoesNotCacheTheFailure) {
  run([&] {
    const Listener listener;
    try {
      const TcpStream stream("shop.test", listener.port(), forever);
      ADD_FAILURE() << "connected to nobody";
    } catch (const TcpError& error) {
      EXPECT_STREQ(error.what(), "looking up shop.test: Temporary failure in name resolution");
    }
    addresses = {"127.0.0.1"};
    EXPECT_TRUE(TcpStream("shop.test", listener.port(), forever).is_open());
  });
}

using TcpStreamTimeTest = ThreadsTest;

TEST_F(TcpStreamTimeTest, TimesOutWhenNothingComes) {
  run([&] {
    std::array<int, 2> fds{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    TcpStream stream = TcpStream::from_fd(fds[0], 5s);
    const auto begin = clock.now();
    EXPECT_THROW(static_cast<void>(stream.read_some()), TcpTimeout);
    EXPECT_EQ(clock.now() - begin, 5s);
    ::close(fds[1]);
  });
}

TEST_F(TcpStreamTimeTest, AStopEndsTheReadAndDestructorsFail) {
  run([&] {
    std::array<int, 2> fds{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    std::string failed_with;
    struct ReadsAtEnd {
      TcpStream& stream;
      std::string& failed_with;
      ~ReadsAtEnd() {
        try {
          static_cast<void>(stream.read_some());
        } catch (const TcpError& error) {
          failed_with = error.what();
        }
      }
    };
    coro::Coroutine& user = scheduler.spawn([&] {
      TcpStream stream = TcpStream::from_fd(fds[0]);
      const ReadsAtEnd end{stream, failed_with};
      static_cast<void>(stream.read_some());
    });
    sleep_for(1s);
    user.request_stop();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U);
    EXPECT_THAT(failed_with, testing::HasSubstr("the user is being stopped"));
    ::close(fds[1]);
  });
}

TEST_F(TcpStreamTimeTest, ADestructorOfAStoppedUserCannotConnect) {
  run([&] {
    const Listener silent(0);
    const TcpStream in_its_queue("127.0.0.1", silent.port());  // the queue is full
    std::string failed_with;
    struct ConnectsAtEnd {
      std::uint16_t port;
      std::string& failed_with;
      ~ConnectsAtEnd() {
        try {
          const TcpStream stream("127.0.0.1", port);
        } catch (const TcpError& error) {
          failed_with = error.what();
        }
      }
    };
    coro::Coroutine& user = scheduler.spawn([&] {
      const ConnectsAtEnd end{silent.port(), failed_with};
      sleep_for(1h);
    });
    sleep_for(1s);
    user.request_stop();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U) << "it was given up";
    EXPECT_THAT(failed_with, testing::EndsWith(": the user is being stopped"));
  });
}

TEST_F(TcpStreamTimeTest, FailsWithoutADelimiter) {
  run([&] {
    std::array<int, 2> fds{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    TcpStream ours = TcpStream::from_fd(fds[0]);
    TcpStream theirs = TcpStream::from_fd(fds[1]);
    theirs.write_all("no line ends here");
    EXPECT_THROW(static_cast<void>(ours.read_until("\n", 10)), TcpError);
  });
}

}  // namespace
}  // namespace cppworker
