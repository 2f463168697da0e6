#include "net/tls_stream.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "support/certificate.hpp"

namespace cppworker::net {
namespace {

using Kind = TlsStream::Kind;
using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A client of TlsStream and a server of OpenSSL on the two ends of a non-blocking socket pair.
class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as the worker does
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
    test_support::use_fresh_certificate(*server_context_, "localhost");
    server_.reset(SSL_new(server_context_.get()));
    SSL_set_fd(server_.get(), fds_[1]);
    TlsStream::prepare(*client_context_);
  }
  ~TlsStreamTest() override {
    client_.close();
    ::close(fds_[0]);
    close_server();
  }

  void close_server() {
    server_.reset();
    if (fds_[1] >= 0) {
      ::close(fds_[1]);
      fds_[1] = -1;
    }
  }
  /// Runs a test's body where TlsStream's operations may be called.
  void in_coroutine(const std::function<void()>& body) {
    bool returned = false;
    scheduler_.spawn([&] {
      body();
      returned = true;
    });
    scheduler_.run_until_idle();
    EXPECT_TRUE(returned);
  }
  void open(bool verify, const std::string& host = "localhost") {
    SSL_CTX_set_verify(client_context_.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    ASSERT_TRUE(client_.open(*client_context_, fds_[0], {.host = host, .verify = verify}, nullptr));
  }
  /// Until it is complete or failed.
  TlsStream::Result handshake() {
    for (;;) {
      const TlsStream::Result result = client_.handshake();
      if (result.kind != Kind::kWantsRead) {
        SSL_do_handshake(server_.get());
        return result;
      }
      coro::this_coroutine::run_on_loop_stack([this] {
        SSL_set_accept_state(server_.get());
        SSL_do_handshake(server_.get());
      });
    }
  }

  std::array<int, 2> fds_{-1, -1};
  ContextPtr client_context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  ContextPtr server_context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> server_{nullptr, SSL_free};
  TlsStream client_;
  coro::VirtualClock clock_;
  coro::Scheduler scheduler_{clock_, {.stack_size = 256 * coro::kKiB}};
};

TEST_F(TlsStreamTest, SaysWhatTheSocketHasToBecomeAndExchangesBytes) {
  in_coroutine([this] {
    open(false);
    EXPECT_EQ(client_.session(), nullptr) << "before the handshake";
    EXPECT_EQ(client_.handshake().kind, Kind::kWantsRead) << "the server has not answered";
    EXPECT_EQ(handshake().kind, Kind::kDone);
    EXPECT_NE(client_.session(), nullptr);

    const TlsStream::Result written = client_.write("hello");
    EXPECT_EQ(written.kind, Kind::kDone);
    EXPECT_EQ(written.size, 5U);
    std::array<char, TlsStream::kReadMin> buffer{};
    EXPECT_EQ(SSL_read(server_.get(), buffer.data(), buffer.size()), 5);

    EXPECT_TRUE(client_.silent()) << "session tickets are not data";
    EXPECT_EQ(client_.read(buffer).kind, Kind::kWantsRead);
    EXPECT_EQ(SSL_write(server_.get(), "answer", 6), 6);
    EXPECT_FALSE(client_.silent()) << "of OpenSSL, it loses nothing";
    const TlsStream::Result read = client_.read(buffer);
    EXPECT_EQ(read.kind, Kind::kDone);
    EXPECT_EQ(std::string(buffer.data(), read.size), "answer");
    client_.set_idle();
    EXPECT_EQ(client_.read(buffer).kind, Kind::kWantsRead);
  });
}

TEST_F(TlsStreamTest, ReportsACertificateThatIsRejected) {
  in_coroutine([this] {
    open(true);
    const TlsStream::Result result = handshake();
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_EQ(result.error.verify_result, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    EXPECT_EQ(result.error.os_error, 0);
    EXPECT_NE(result.error.code, 0U);
  });
}

TEST_F(TlsStreamTest, ReportsAPeerThatDoesNotSpeakTls) {
  in_coroutine([this] {
    open(false);
    EXPECT_EQ(::send(fds_[1], "HTTP/1.1 400\r\n\r\n", 16, 0), 16);
    const TlsStream::Result result = client_.handshake();
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_NE(result.error.code, 0U);
  });
}

TEST_F(TlsStreamTest, ReportsTheEndOfTheConnection) {
  in_coroutine([this] {
    open(false);
    ASSERT_EQ(handshake().kind, Kind::kDone);
    close_server();
    std::array<char, TlsStream::kReadMin> buffer{};
    EXPECT_EQ(client_.read(buffer).kind, Kind::kClosed);
  });
}

TEST_F(TlsStreamTest, ReportsTheErrorOfTheSocket) {
  in_coroutine([this] {
    open(false);
    ASSERT_EQ(handshake().kind, Kind::kDone);
    close_server();
    const TlsStream::Result written = client_.write("late");
    EXPECT_EQ(written.kind, Kind::kFailed);
    EXPECT_EQ(written.error.os_error, EPIPE);
  });
}

TEST_F(TlsStreamTest, ErrorsOfOtherLibrariesOnTheThreadDoNotCount) {
  in_coroutine([this] {
    open(false);
    ASSERT_EQ(handshake().kind, Kind::kDone);
    EXPECT_TRUE(client_.silent());
    std::array<char, TlsStream::kReadMin> buffer{};
    ERR_raise(ERR_LIB_USER, 1);  // NOLINT: a cast in OpenSSL's macro
    EXPECT_EQ(client_.read(buffer).kind, Kind::kWantsRead);
    EXPECT_TRUE(client_.silent());
  });
}

TEST_F(TlsStreamTest, LeavesNoErrorBehindForTheNextStream) {
  in_coroutine([this] {
    open(false);
    EXPECT_EQ(::send(fds_[1], "not TLS at all..", 16, 0), 16);
    EXPECT_EQ(client_.handshake().kind, Kind::kFailed);
    EXPECT_EQ(ERR_peek_error(), 0U);
    client_.close();
    EXPECT_FALSE(client_.is_open());
    client_.close();
  });
}

}  // namespace
}  // namespace cppworker::net
