#include "net/dial.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "net/resolver.hpp"
#include "support/certificate.hpp"

namespace cppworker::net {
namespace {

using namespace std::chrono_literals;
using Cause = Failure::Cause;

/// A TCP socket that is bound to an address of this machine, and listens if it is asked to.
class LocalSocket {
 public:
  LocalSocket(const char* address, std::uint16_t port) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &address_.sin_addr);
    bound_ = ::bind(fd_, get(), sizeof address_) == 0;
    socklen_t size = sizeof address_;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~LocalSocket() { ::close(fd_); }
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;

  [[nodiscard]] bool bound() const { return bound_; }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }
  void listen() const { EXPECT_EQ(::listen(fd_, 10), 0); }
  /// No further connection is answered.
  void listen_without_answers() {
    EXPECT_EQ(::listen(fd_, 0), 0);
    filling_ = std::make_unique<Filling>(*this);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  /// The connections that a queue of size 0 takes.
  struct Filling {
    explicit Filling(const LocalSocket& to) {
      for (const int fd : fds) {
        EXPECT_TRUE(::connect(fd, to.get(), sizeof to.address_) == 0 || errno == EINPROGRESS);
      }
    }
    ~Filling() {
      for (const int fd : fds) ::close(fd);
    }
    Filling(const Filling&) = delete;
    Filling& operator=(const Filling&) = delete;
    static int client() { return ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }
    std::array<int, 2> fds{client(), client()};
  };

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }

  sockaddr_in address_{};
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool bound_ = false;
  std::unique_ptr<Filling> filling_;
};

/// In virtual time. "shop.test" has the addresses 127.0.0.2 and 127.0.0.3; the first one is
/// `first`, the second one `second`.
class DialTest : public testing::Test {
 protected:
  void run(const std::function<void()>& body) {
    scheduler.spawn([&] {
      body();
      scheduler.stop();
    });
    scheduler.run();
  }
  /// Two sockets with the same port.
  void bind_both() {
    do {
      first = std::make_unique<LocalSocket>("127.0.0.2", 0);
      second = std::make_unique<LocalSocket>("127.0.0.3", first->port());
    } while (!second->bound());
  }
  Dialed dial_shop(const Tls* tls = nullptr) {
    return dial(names, tls_contexts, {.host = "shop.test", .port = first->port(), .tls = tls});
  }
  static std::string peer(const Connection& connection) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getpeername(connection.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::array<char, INET_ADDRSTRLEN> text{};
    return ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  }

  std::unique_ptr<LocalSocket> first;
  std::unique_ptr<LocalSocket> second;
  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  Resolver resolver{[](const std::string& host) {
    LookupResult result;
    if (host == "shop.test") {
      result.addresses = {SocketAddress::parse("127.0.0.2").value(),
                          SocketAddress::parse("127.0.0.3").value()};
    } else {
      result.gai_error = EAI_NONAME;
    }
    return result;
  }};
  ShardResolver names{scheduler, resolver};
  TlsContexts tls_contexts;
};

TEST_F(DialTest, UsesTheAddressThatAccepts) {
  run([this] {
    bind_both();
    second->listen();
    const Dialed dialed = dial_shop();
    ASSERT_NE(dialed.connection, nullptr);
    EXPECT_FALSE(dialed.failure);
    EXPECT_EQ(peer(*dialed.connection), "127.0.0.3");
    EXPECT_FALSE(dialed.connection->has_tls());
  });
}

TEST_F(DialTest, TriesTheNextAddressIfThereIsNoAnswer) {
  run([this] {
    bind_both();
    first->listen_without_answers();
    second->listen();
    const coro::TimePoint began = clock.now();
    const Dialed dialed = dial_shop();
    ASSERT_NE(dialed.connection, nullptr);
    EXPECT_EQ(peer(*dialed.connection), "127.0.0.3");
    EXPECT_GE(clock.now() - began, kHeadStart);
    EXPECT_LT(clock.now() - began, 2 * kHeadStart);
  });
}

TEST_F(DialTest, TimesOutWithoutAnAnswer) {
  run([this] {
    first = std::make_unique<LocalSocket>("127.0.0.2", 0);
    first->listen_without_answers();
    const Destination to{.host = "127.0.0.2", .port = first->port()};
    const Dialed dialed = dial(names, tls_contexts, to, clock.now() + 5s);
    EXPECT_EQ(dialed.connection, nullptr);
    EXPECT_EQ(dialed.step, DialStep::kConnect);
    EXPECT_EQ(dialed.failure.cause, Cause::kTimedOut);
    EXPECT_EQ(failure_text(dialed, to),
              "connecting to 127.0.0.2:" + std::to_string(to.port) + ": timed out");
  });
}

TEST_F(DialTest, ReportsThatAllAddressesRefuse) {
  run([this] {
    bind_both();
    const Dialed dialed = dial_shop();
    EXPECT_EQ(dialed.connection, nullptr);
    EXPECT_EQ(dialed.step, DialStep::kConnect);
    EXPECT_EQ(dialed.failure.number, ECONNREFUSED);
    EXPECT_EQ(failure_text(dialed, {.host = "shop.test", .port = first->port()}),
              "connecting to shop.test:" + std::to_string(first->port()) + ": Connection refused");
  });
}

TEST_F(DialTest, ReportsAnUnknownName) {
  run([this] {
    const Destination to{.host = "unknown.test", .port = 80};
    const Dialed dialed = dial(names, tls_contexts, to);
    EXPECT_EQ(dialed.connection, nullptr);
    EXPECT_EQ(dialed.step, DialStep::kLookup);
    EXPECT_EQ(dialed.failure.cause, Cause::kNoAddress);
    EXPECT_EQ(dialed.failure.number, EAI_NONAME);
    EXPECT_EQ(failure_text(dialed, to), "looking up unknown.test: Name or service not known");
  });
}

TEST_F(DialTest, AStopEndsIt) {
  run([this] {
    first = std::make_unique<LocalSocket>("127.0.0.2", 0);
    first->listen_without_answers();
    bool returned = false;
    coro::Coroutine& dialing = scheduler.spawn([&] {
      static_cast<void>(dial(names, tls_contexts, {.host = "127.0.0.2", .port = first->port()}));
      returned = true;
    });
    coro::this_coroutine::sleep_until(clock.now() + 1ms);
    dialing.request_stop();
    coro::this_coroutine::sleep_until(clock.now() + 1ms);
    EXPECT_FALSE(returned);
    EXPECT_EQ(scheduler.alive(), 1U);
  });
}

/// The server is OpenSSL with a certificate for "shop.test", in a coroutine.
class DialTlsTest : public DialTest {
 protected:
  DialTlsTest() {
    test_support::use_fresh_certificate(*context_, "shop.test");
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned,
           void*) {
          *size = in[0];  // the first one
          *out = in + 1;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  }
  /// Accepts one connection and makes the handshake.
  void serve() {
    bind_both();
    second->listen();
    scheduler.spawn([this] {
      coro::this_coroutine::wait_readable(second->fd(), coro::TimePoint::max());
      const int fd = ::accept4(second->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      const std::unique_ptr<SSL, decltype(&SSL_free)> server(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(server.get(), fd);
      SSL_set_accept_state(server.get());
      int result = 0;
      while ((result = SSL_do_handshake(server.get())) != 1 &&
             SSL_get_error(server.get(), result) == SSL_ERROR_WANT_READ) {
        coro::this_coroutine::wait_readable(fd, coro::TimePoint::max());
      }
      const char* const name = SSL_get_servername(server.get(), TLSEXT_NAMETYPE_host_name);
      server_name = name == nullptr ? "" : name;
      ::close(fd);
    });
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free};
  std::string server_name;
};

TEST_F(DialTlsTest, MakesTheHandshake) {
  run([this] {
    serve();
    const Tls tls{.verify = false, .alpn = {"mqtt", "other"}};
    const Dialed dialed = dial_shop(&tls);
    ASSERT_NE(dialed.connection, nullptr) << failure_text(dialed.failure, "");
    EXPECT_TRUE(dialed.connection->has_tls());
    EXPECT_EQ(dialed.alpn_protocol, "mqtt");
    coro::this_coroutine::sleep_until(clock.now() + 1ms);
    EXPECT_EQ(server_name, "shop.test");
  });
}

TEST_F(DialTlsTest, ReportsACertificateThatIsNotTrusted) {
  run([this] {
    serve();
    const Tls tls{};
    const Dialed dialed = dial_shop(&tls);
    EXPECT_EQ(dialed.connection, nullptr);
    EXPECT_EQ(dialed.step, DialStep::kTlsHandshake);
    EXPECT_EQ(dialed.failure.cause, Cause::kTls);
    EXPECT_NE(failure_text(dialed, {.host = "shop.test", .port = 1, .tls = &tls})
                  .find("CERTIFICATE_VERIFY_FAILED"),
              std::string::npos);
    coro::this_coroutine::sleep_until(clock.now() + 1ms);
  });
}

TEST_F(DialTlsTest, ReportsACertificateFileThatCanNotBeRead) {
  run([this] {
    serve();
    const Tls tls{.verify = false, .cert = Cert{.cert = "/no/such/file.pem"}};
    EXPECT_THROW(static_cast<void>(dial_shop(&tls)), Error);
    coro::this_coroutine::sleep_until(clock.now() + 1ms);
  });
}

}  // namespace
}  // namespace cppworker::net
