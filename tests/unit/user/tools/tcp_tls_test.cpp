#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/tcp_stream.hpp>
#include <cppworker/user.hpp>

#include "support/certificate.hpp"
#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;

/// A TcpStream and a server of OpenSSL on the two ends of a socket pair. The test passes the
/// server's bytes on, so that it can split them.
class TcpTlsTest : public ThreadsTest, public testing::WithParamInterface<int> {
 protected:
  TcpTlsTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds_.data()), 0);
    test_support::use_fresh_certificate(*context_, "localhost");
    SSL_CTX_set_min_proto_version(context_.get(), GetParam());
    SSL_CTX_set_max_proto_version(context_.get(), GetParam());
    server.reset(SSL_new(context_.get()));
    SSL_set_bio(server.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server.get());
    stream = TcpStream::from_fd(fds_[0], 10s);
  }
  ~TcpTlsTest() override { ::close(fds_[1]); }

  /// What the server has to send.
  std::string take_sent() const {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(server.get())), '\0');
    BIO_read(SSL_get_wbio(server.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  void pass_on(std::string_view bytes) const {
    ASSERT_EQ(::send(fds_[1], bytes.data(), bytes.size(), 0), std::ssize(bytes));
  }
  /// The same if the client may have closed the connection.
  void offer(std::string_view bytes) const {
    static_cast<void>(::send(fds_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// Gives the server what the client has sent.
  void receive() const {
    std::array<char, 100'000> buffer{};
    const ssize_t count = ::recv(fds_[1], buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      BIO_write(SSL_get_rbio(server.get()), buffer.data(), static_cast<int>(count));
    }
  }
  void shake_hands() {
    scheduler.spawn([this] {
      while (SSL_do_handshake(server.get()) != 1) {
        pass_on(take_sent());
        wait_readable(fds_[1]);
        receive();
      }
      pass_on(take_sent());
    });
    stream.start_tls({.verify = false, .server_hostname = "localhost"});
    while (SSL_is_init_finished(server.get()) == 0) coro::this_coroutine::yield();
  }
  /// A record with this content, not sent yet.
  std::string record(std::string_view content) const {
    EXPECT_EQ(SSL_write(server.get(), content.data(), static_cast<int>(content.size())),
              std::ssize(content));
    return take_sent();
  }
  std::string server_reads() const {
    receive();
    std::array<char, 1000> buffer{};
    const int count = SSL_read(server.get(), buffer.data(), buffer.size());
    server_end = SSL_get_error(server.get(), count);
    return {buffer.data(), static_cast<std::size_t>(std::max(count, 0))};
  }
  /// From here on, OpenSSL's objects are gone with TLS 1.3.
  void wait_for_nothing() {
    stream.set_timeout(1s);
    EXPECT_THROW(static_cast<void>(stream.read_some()), TcpTimeout);
  }
  static std::string failure(const std::function<void()>& operation) {
    try {
      operation();
    } catch (const TcpError& error) {
      return error.what();
    }
    return "no failure";
  }
  [[nodiscard]] int server_fd() const { return fds_[1]; }
  [[nodiscard]] std::string peer() const { return "fd " + std::to_string(fds_[0]); }

  std::unique_ptr<SSL, decltype(&SSL_free)> server{nullptr, SSL_free};
  TcpStream stream;
  mutable int server_end = SSL_ERROR_NONE;

 private:
  std::array<int, 2> fds_{-1, -1};
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free};
};

INSTANTIATE_TEST_SUITE_P(Versions, TcpTlsTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TcpTlsTest, ExchangesBytesAndReadsAhead) {
  run([this] {
    shake_hands();
    stream.write_all("hello");
    EXPECT_EQ(server_reads(), "hello");
    pass_on(record("first\nsecond\n"));
    pass_on(record("third\n"));
    EXPECT_EQ(stream.read_until("\n"), "first\n");
    EXPECT_TRUE(stream.wait_readable(0s)) << "the second line is in the stream";
    EXPECT_EQ(stream.read_exactly(10), "second\nthi");
    EXPECT_EQ(stream.read_some(2), "rd");
    EXPECT_EQ(stream.read_some(), "\n");
    wait_for_nothing();
    stream.write_all("again");
    EXPECT_EQ(server_reads(), "again");
    pass_on(record("and back"));
    EXPECT_EQ(stream.read_some(), "and back");
  });
}

TEST_P(TcpTlsTest, SessionTicketsAndPartsOfARecordAreNotReadable) {
  run([this] {
    shake_hands();
    EXPECT_FALSE(stream.wait_readable(1s));
    for (const std::string_view text : {"of OpenSSL", "after it"}) {
      const std::string bytes = record(text);
      const std::size_t last = bytes.size() - 1;
      for (const auto& [begin, end] : {std::pair{0UL, 3UL}, {3UL, 5UL}, {5UL, last}}) {
        pass_on(bytes.substr(begin, end - begin));
        EXPECT_FALSE(stream.wait_readable(1s));
        wait_for_nothing();
      }
      pass_on(bytes.substr(last));
      EXPECT_TRUE(stream.wait_readable(1s));
      EXPECT_EQ(stream.read_some(), text);
    }
  });
}

TEST_P(TcpTlsTest, CloseSendsACloseNotify) {
  run([this] {
    shake_hands();
    stream.write_all("bye");
    stream.close();
    EXPECT_EQ(server_reads(), "bye");
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN);
  });
}

TEST_P(TcpTlsTest, CloseSendsACloseNotifyAfterAWait) {
  run([this] {
    shake_hands();
    wait_for_nothing();
    stream.write_all("bye");
    stream = TcpStream();
    EXPECT_EQ(server_reads(), "bye");
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN);
  });
}

TEST_P(TcpTlsTest, AReadEndsWhenAnotherCoroutineClosesTheStream) {
  run([this] {
    shake_hands();
    std::string ended;
    scheduler.spawn([&] { ended = failure([this] { static_cast<void>(stream.read_some()); }); });
    sleep_for(1s);
    EXPECT_EQ(ended, "") << "it has to wait";
    stream = TcpStream();
    sleep_for(1s);
    EXPECT_EQ(ended, "reading from " + peer() + ": another coroutine has closed the TcpStream");
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN) << "a close_notify";
  });
}

TEST_P(TcpTlsTest, AHandshakeEndsWhenAnotherCoroutineClosesTheStream) {
  run([this] {
    std::string ended;
    scheduler.spawn(
        [&] { ended = failure([this] { stream.start_tls({.server_hostname = "localhost"}); }); });
    sleep_for(1s);
    EXPECT_EQ(ended, "") << "it has to wait";
    stream = TcpStream();
    sleep_for(1s);
    EXPECT_EQ(ended,
              "starting TLS with " + peer() + ": another coroutine has closed the TcpStream");
  });
}

TEST_P(TcpTlsTest, AHandshakeThatIsStoppedMayOutliveTheStream) {
  run([this] {
    auto ours = std::make_unique<TcpStream>(std::move(stream));
    coro::Coroutine& user = scheduler.spawn(
        [&] { ours->start_tls({.verify = false, .server_hostname = "localhost"}); });
    sleep_for(1s);
    user.request_stop();
    ours.reset();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U) << "it has ended";
  });
}

TEST_P(TcpTlsTest, AStreamThatIsMovedDuringTheHandshakeIsClosed) {
  run([this] {
    TcpStream target;
    scheduler.spawn([&] {
      sleep_for(1ms);
      target = std::move(stream);
      receive();
      while (target.is_open() && SSL_do_handshake(server.get()) != 1) {
        offer(take_sent());
        wait_readable(server_fd(), 1s);
        receive();
      }
      offer(take_sent());
    });
    const std::string ended =
        failure([this] { stream.start_tls({.verify = false, .server_hostname = "localhost"}); });
    EXPECT_EQ(ended,
              "starting TLS with " + peer() + ": another coroutine has closed the TcpStream");
    EXPECT_FALSE(target.is_open()) << "it must not be used without TLS";
  });
}

TEST_P(TcpTlsTest, ReadingWorksAfterShutdownWrite) {
  run([this] {
    shake_hands();
    stream.write_all("question");
    stream.shutdown_write();
    EXPECT_EQ(server_reads(), "question");
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN);
    pass_on(record("answer"));
    EXPECT_EQ(stream.read_exactly(6), "answer");
    wait_for_nothing();
    SSL_shutdown(server.get());
    pass_on(take_sent());
    EXPECT_TRUE(stream.wait_readable(1s)) << "the end is readable";
    EXPECT_EQ(stream.read_some(), "");
    EXPECT_EQ(failure([this] { static_cast<void>(stream.read_exactly(1)); }),
              "reading from " + peer() + ": closed by the other side");
  });
}

TEST_P(TcpTlsTest, AFaultOfTheServerIsReportedEachTime) {
  run([this] {
    shake_hands();
    std::string bytes = record("text");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    pass_on(bytes);
    EXPECT_TRUE(stream.wait_readable(1s)) << "the failure is readable";
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(
          failure([this] { static_cast<void>(stream.read_some()); }),
          "reading from " + peer() +
              ": SSLError(1, '[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed or "
              "bad record mac')");
    }
  });
}

TEST_P(TcpTlsTest, AHandshakeThatTheServerDoesNotAnswerTimesOut) {
  run([this] {
    const auto begin = clock.now();
    EXPECT_EQ(failure([this] { stream.start_tls({.server_hostname = "localhost"}); }),
              "starting TLS with " + peer() + ": timed out");
    EXPECT_EQ(clock.now() - begin, 10s);
  });
}

TEST_P(TcpTlsTest, AHandshakeDuringWhichTheServerClosesTheConnection) {
  run([this] {
    scheduler.spawn([this] {
      receive();
      ::shutdown(server_fd(), SHUT_RDWR);
    });
    EXPECT_EQ(failure([this] { stream.start_tls({.server_hostname = "localhost"}); }),
              "starting TLS with " + peer() +
                  ": SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation "
                  "of protocol')");
  });
}

TEST_P(TcpTlsTest, StartTlsRefusesUnreadDataASecondTimeAndAMissingName) {
  run([this] {
    pass_on("220 ready\nand more");
    EXPECT_EQ(failure([this] { stream.start_tls(); }),
              "start_tls: set .server_hostname, the name that the certificate is for");
    EXPECT_EQ(stream.read_until("\n"), "220 ready\n");
    EXPECT_EQ(failure([this] { stream.start_tls({.server_hostname = "localhost"}); }),
              "start_tls: " + peer() + " has sent 8 bytes that are not read yet");
    EXPECT_EQ(stream.read_exactly(8), "and more");
    shake_hands();
    EXPECT_EQ(failure([this] { stream.start_tls({.server_hostname = "localhost"}); }),
              "start_tls: " + peer() + " has TLS already");
    stream.close();
    EXPECT_EQ(failure([this] { stream.start_tls({.server_hostname = "localhost"}); }),
              "start_tls: the TcpStream is not connected");
  });
}

TEST_P(TcpTlsTest, AProtocolNameThatAlpnCanNotHave) {
  run([this] {
    EXPECT_THROW(stream.start_tls({.server_hostname = "localhost", .alpn = {""}}), Error);
    EXPECT_EQ(stream.selected_alpn_protocol(), "");
  });
}

}  // namespace
}  // namespace cppworker
