#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/scheduler.hpp"
#include "support/certificate.hpp"

namespace cppworker::net {
namespace {

using namespace std::chrono_literals;
using Cause = Failure::Cause;

/// What a sink has got.
class TestSink final : public Sink {
 public:
  void on_bytes(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    EXPECT_FALSE(end) << "bytes after the end";
    ++calls;
    received += bytes;
    if (then) then(bytes);
  }
  void on_end(const Failure& failure) override {
    EXPECT_FALSE(end) << "a second end";
    end = failure;
    if (at_end) at_end();
  }

  std::string received;
  int calls = 0;
  std::optional<Failure> end;
  std::function<void(std::string_view)> then;
  std::function<void()> at_end;
};

/// A connection and the peer's socket, the two ends of a socket pair.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
  }
  ~ConnectionTest() override { close_peer(); }

  /// Runs a test's body with an open connection.
  void run(const std::function<void()>& body) {
    scheduler.spawn([&] {
      connection->adopt(fds_[0]);
      body();
      connection.reset();
      scheduler.stop();
    });
    scheduler.run();
  }
  /// Until everything has arrived that is under way.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      coro::this_coroutine::sleep_until(clock.now() + 1ms);
    }
  }
  Deadline within(coro::Duration limit) {
    return {scheduler, coro::this_coroutine::self("within"), scheduler.turn_time() + limit};
  }
  void peer_sends(std::string_view bytes) const {
    EXPECT_EQ(::send(fds_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  /// What has arrived at the peer, at most `max` bytes.
  [[nodiscard]] std::string peer_receives(std::size_t max = 1 << 20) const {
    std::string bytes(max, '\0');
    const ssize_t size = ::recv(fds_[1], bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
  }
  void close_peer() {
    if (fds_[1] >= 0) ::close(std::exchange(fds_[1], -1));
  }
  void make_send_buffer_small() const {
    const int size = 4096;
    ASSERT_EQ(::setsockopt(fds_[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  }

  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  TestSink sink;
  std::unique_ptr<Connection> connection = std::make_unique<Connection>();
  std::array<int, 2> fds_{-1, -1};
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>('a' + i * i % 23);
  }
  return bytes;
}

TEST_F(ConnectionTest, TheSinkGetsWhatArrivesWithoutAWaitOfACoroutine) {
  run([this] {
    peer_sends("before ");
    settle();
    connection->set_sink(sink);
    EXPECT_EQ(sink.received, "") << "never inside of the call";
    settle();
    EXPECT_EQ(sink.received, "before ");
    peer_sends("a");
    settle();
    peer_sends("b");
    settle();
    EXPECT_EQ(sink.received, "before ab");
    EXPECT_EQ(sink.calls, 3);
    EXPECT_FALSE(sink.end);
    peer_sends("last");
    close_peer();
    settle();
    EXPECT_EQ(sink.received, "before ablast");
    ASSERT_TRUE(sink.end);
    EXPECT_EQ(sink.end->cause, Cause::kClosed);
  });
}

TEST_F(ConnectionTest, ASinkMayAnswerInsideOfItsCall) {
  run([this] {
    connection->set_sink(sink);
    sink.then = [this](std::string_view bytes) { EXPECT_FALSE(connection->write(bytes)); };
    peer_sends("ping");
    settle();
    EXPECT_EQ(peer_receives(), "ping");
  });
}

TEST_F(ConnectionTest, ASinkMayCloseTheConnectionInsideOfItsCall) {
  run([this] {
    connection->set_sink(sink);
    sink.then = [this](std::string_view) { connection->close(); };
    peer_sends(pattern(100'000));  // more than one read
    settle();
    EXPECT_EQ(sink.calls, 1);
    EXPECT_FALSE(sink.end);
    EXPECT_FALSE(connection->is_open());
    EXPECT_EQ(connection->write("x").cause, Cause::kClosed);
    EXPECT_EQ(connection->unsent(), 0U);
  });
}

TEST_F(ConnectionTest, ASinkMayDestroyTheConnectionInsideOfItsCalls) {
  run([this] {
    connection->set_sink(sink);
    sink.then = [this](std::string_view) { connection.reset(); };
    peer_sends(pattern(100'000));
    settle();
    EXPECT_EQ(sink.calls, 1);
    EXPECT_FALSE(sink.end);
  });
}

TEST_F(ConnectionTest, ASinkMayDestroyTheConnectionAtItsEnd) {
  run([this] {
    connection->set_sink(sink);
    sink.at_end = [this] { connection.reset(); };
    close_peer();
    settle();
    ASSERT_TRUE(sink.end);
    EXPECT_EQ(connection, nullptr);
  });
}

TEST_F(ConnectionTest, ASinkMayBeReplacedInsideOfItsCall) {
  run([this] {
    TestSink next;
    connection->set_sink(sink);
    sink.then = [&](std::string_view) { connection->set_sink(next); };
    peer_sends("one");
    settle();
    peer_sends("two");
    close_peer();
    settle();
    EXPECT_EQ(sink.received, "one");
    EXPECT_FALSE(sink.end);
    EXPECT_EQ(next.received, "two");
    EXPECT_TRUE(next.end);
  });
}

TEST_F(ConnectionTest, AFloodDoesNotHoldTheThread) {
  run([this] {
    constexpr std::size_t kTotal = 100U * 64 * 1024;
    int calls_in_turn = 0;
    int longest = 0;
    std::size_t sent = 0;
    const std::string block(256 * 1024, 'x');
    const auto refill = [&] {  // so that each read fills the buffer
      while (sent < kTotal) {
        const ssize_t count =
            ::send(fds_[1], block.data(), std::min(block.size(), kTotal - sent), MSG_NOSIGNAL);
        if (count < 0) return;
        sent += static_cast<std::size_t>(count);
      }
    };
    const int size = 1 << 20;
    ASSERT_EQ(::setsockopt(fds_[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    sink.then = [&](std::string_view) {
      longest = std::max(longest, ++calls_in_turn);
      refill();
    };
    connection->set_sink(sink);
    refill();
    while (sink.received.size() < kTotal) {
      calls_in_turn = 0;
      coro::this_coroutine::yield();
    }
    EXPECT_GT(longest, 1) << "the test must have filled the buffer";
    EXPECT_LE(longest, int{Connection::kTurns});
    peer_sends("the end");
    settle();
    EXPECT_EQ(sink.received.size(), kTotal + 7);
  });
}

TEST_F(ConnectionTest, WhatTheKernelDoesNotTakeIsSentLater) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    const std::string all = pattern(1'000'000);
    EXPECT_FALSE(connection->write(std::string_view(all).substr(0, 700'000)));
    const std::size_t unsent = connection->unsent();
    EXPECT_GT(unsent, 0U);
    EXPECT_LT(unsent, 700'000U);
    EXPECT_FALSE(connection->write(std::string_view(all).substr(700'000)));
    EXPECT_EQ(connection->unsent(), unsent + 300'000);
    std::string arrived;
    scheduler.spawn([&] {
      while (arrived.size() < all.size()) {
        coro::this_coroutine::wait_readable(fds_[1], coro::TimePoint::max());
        arrived += peer_receives(10'000);
      }
    });
    Deadline deadline = within(10s);
    EXPECT_FALSE(connection->wait_sent(deadline));
    EXPECT_EQ(connection->unsent(), 0U);
    settle();
    EXPECT_TRUE(arrived == all);
    EXPECT_FALSE(connection->wait_sent(deadline)) << "nothing to wait for";
  });
}

TEST_F(ConnectionTest, WaitingForAPeerThatDoesNotReadTimesOut) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    EXPECT_FALSE(connection->write(pattern(1'000'000)));
    Deadline deadline = within(5s);
    EXPECT_EQ(connection->wait_sent(deadline).cause, Cause::kTimedOut);
    EXPECT_FALSE(sink.end);
  });
}

TEST_F(ConnectionTest, AWaitEndsWithTheConnection) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    sink.at_end = [this] { connection.reset(); };
    EXPECT_FALSE(connection->write(pattern(1'000'000)));
    int ended = 0;
    for (int i = 0; i < 2; ++i) {
      scheduler.spawn([&] {
        Deadline deadline = within(1h);
        EXPECT_TRUE(connection->wait_sent(deadline));
        ++ended;
      });
    }
    settle();
    EXPECT_EQ(ended, 0);
    close_peer();
    settle();
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(connection, nullptr);
  });
}

TEST_F(ConnectionTest, AWaitEndsWhenTheConnectionIsDestroyed) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    EXPECT_FALSE(connection->write(pattern(1'000'000)));
    Failure failure;
    scheduler.spawn([&] {
      Deadline deadline = within(1h);
      failure = connection->wait_sent(deadline);
    });
    settle();
    connection.reset();
    settle();
    EXPECT_EQ(failure.cause, Cause::kClosed);
    EXPECT_FALSE(sink.end);
  });
}

TEST_F(ConnectionTest, AStoppedCoroutineLeavesItsWait) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    EXPECT_FALSE(connection->write(pattern(100'000)));
    coro::Coroutine& waiting = scheduler.spawn([&] {
      Deadline deadline = within(1h);
      static_cast<void>(connection->wait_sent(deadline));
    });
    settle();
    waiting.request_stop();
    settle();
    while (connection->unsent() != 0) {
      static_cast<void>(peer_receives());
      settle();
    }
    EXPECT_FALSE(sink.end);
  });
}

TEST_F(ConnectionTest, AFailureOfAWriteFollowsWhatHasArrived) {
  run([this] {
    connection->set_sink(sink);
    peer_sends("the reason");
    close_peer();
    const Failure failure = connection->write("x");
    EXPECT_EQ(failure.cause, Cause::kSystemError);
    EXPECT_EQ(failure.number, EPIPE);
    EXPECT_EQ(connection->unsent(), 0U);
    EXPECT_FALSE(sink.end) << "never inside of write()";
    settle();
    EXPECT_EQ(sink.received, "the reason");
    ASSERT_TRUE(sink.end);
    EXPECT_EQ(sink.end->number, EPIPE);
    EXPECT_EQ(connection->write("y").number, EPIPE);
  });
}

TEST_F(ConnectionTest, TheEndFollowsWhatIsUnsent) {
  run([this] {
    make_send_buffer_small();
    connection->set_sink(sink);
    const std::string all = pattern(300'000);
    EXPECT_FALSE(connection->write(all));
    connection->end_writing();
    EXPECT_TRUE(connection->is_sending());
    std::string arrived;
    while (arrived.size() < all.size()) {
      arrived += peer_receives();
      settle();
    }
    EXPECT_TRUE(arrived == all);
    EXPECT_FALSE(connection->is_sending());
    char byte = 0;
    EXPECT_EQ(::recv(fds_[1], &byte, 1, 0), 0) << "the end";
    peer_sends("the peer can still send");
    settle();
    EXPECT_EQ(sink.received, "the peer can still send");
  });
}

TEST_F(ConnectionTest, OneCoroutineReadsWhileAnotherOneWrites) {
  run([this] {
    make_send_buffer_small();
    std::string received;
    bool ended = false;
    scheduler.spawn([&] {
      Deadline deadline = within(1h);
      std::string_view bytes;
      while (!connection->receive(bytes, deadline)) {
        received += bytes;
      }
      ended = true;
    });
    settle();
    EXPECT_FALSE(connection->write(pattern(300'000)));
    EXPECT_TRUE(connection->is_sending());
    peer_sends("first");
    settle();
    EXPECT_EQ(received, "first") << "although the other direction waits";
    scheduler.spawn([this] {
      while (connection->is_sending()) {
        static_cast<void>(peer_receives());
        coro::this_coroutine::yield();
      }
    });
    Deadline deadline = within(10s);
    EXPECT_FALSE(connection->wait_sent(deadline));
    peer_sends(" second");
    settle();
    EXPECT_EQ(received, "first second");
    close_peer();
    settle();
    EXPECT_TRUE(ended);
  });
}

TEST_F(ConnectionTest, ACoroutineThatReceivesIsResumedByClose) {
  run([this] {
    Failure failure;
    scheduler.spawn([&] {
      Deadline deadline = within(1h);
      std::string_view bytes;
      failure = connection->receive(bytes, deadline);
    });
    settle();
    EXPECT_FALSE(failure) << "it has to wait";
    connection->close();
    settle();
    EXPECT_EQ(failure.cause, Cause::kClosed);
  });
}

TEST_F(ConnectionTest, ACoroutineThatSendsIsResumedByClose) {
  run([this] {
    make_send_buffer_small();
    Failure failure;
    bool returned = false;
    scheduler.spawn([&] {
      Deadline deadline = within(1h);
      std::string_view bytes;
      EXPECT_FALSE(connection->receive_now(bytes, deadline));  // there is nothing: send() waits
      const std::string all = pattern(1'000'000);
      Upload upload(all, "");
      failure = connection->send(upload, deadline);
      returned = true;
    });
    settle();
    EXPECT_FALSE(returned) << "it has to wait";
    connection->close();
    settle();
    EXPECT_EQ(failure.cause, Cause::kClosed);
  });
}

TEST_F(ConnectionTest, ACoroutineThatLetsOthersRunLearnsOfAClose) {
  run([this] {
    Failure failure;
    scheduler.spawn([&] {
      while (!failure) {
        failure = connection->share_thread();
      }
    });
    coro::this_coroutine::yield();
    EXPECT_FALSE(failure);
    connection->close();
    settle();
    EXPECT_EQ(failure.cause, Cause::kClosed);
  });
}

/// The same with TLS. The server is OpenSSL on the peer's socket.
class TlsConnectionTest : public ConnectionTest, public testing::WithParamInterface<int> {
 protected:
  TlsConnectionTest() {
    test_support::use_fresh_certificate(*server_context_, "localhost");
    SSL_CTX_set_min_proto_version(server_context_.get(), GetParam());
    SSL_CTX_set_max_proto_version(server_context_.get(), GetParam());
    SSL_CTX_set_mode(server_context_.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    server.reset(SSL_new(server_context_.get()));
    SSL_set_fd(server.get(), fds_[1]);
    SSL_set_accept_state(server.get());
    std::signal(SIGPIPE, SIG_IGN);  // as the worker does
    TlsStream::prepare(*client_context_);
  }

  void run_tls(const std::function<void()>& body) {
    run([&] {
      scheduler.spawn([this] {
        while (SSL_do_handshake(server.get()) != 1) {
          coro::this_coroutine::wait_readable(fds_[1], coro::TimePoint::max());
        }
      });
      Deadline deadline = within(10s);
      EXPECT_FALSE(
          connection->start_tls(*client_context_, {.host = "localhost"}, nullptr, {}, deadline));
      settle();
      ASSERT_EQ(SSL_is_init_finished(server.get()), 1);
      connection->set_sink(sink);
      body();
    });
  }
  void server_writes(std::string_view bytes) const {
    EXPECT_EQ(SSL_write(server.get(), bytes.data(), static_cast<int>(bytes.size())),
              std::ssize(bytes));
  }
  [[nodiscard]] std::string server_reads() const {
    std::string bytes(100'000, '\0');
    ERR_clear_error();
    const int size = SSL_read(server.get(), bytes.data(), static_cast<int>(bytes.size()));
    server_end = SSL_get_error(server.get(), size);
    bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
    return bytes;
  }

  using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
  ContextPtr client_context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  ContextPtr server_context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> server{nullptr, SSL_free};
  mutable int server_end = 0;
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsConnectionTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), [](const auto& tested) {
                           return std::string(tested.param == TLS1_2_VERSION ? "Tls12" : "Tls13");
                         });

TEST_P(TlsConnectionTest, ExchangesBytesWithASink) {
  run_tls([this] {
    EXPECT_TRUE(connection->has_tls());
    EXPECT_FALSE(connection->write("question"));
    EXPECT_EQ(server_reads(), "question");
    for (int i = 0; i < 3; ++i) {  // idle between them
      server_writes("answer ");
      settle();
    }
    EXPECT_EQ(sink.received, "answer answer answer ");
    EXPECT_FALSE(connection->write("second"));
    EXPECT_EQ(server_reads(), "second");
  });
}

TEST_P(TlsConnectionTest, DeliversManyRecordsThatArriveTogether) {
  run_tls([this] {
    std::string all;
    for (int i = 0; i < 200; ++i) {
      server_writes("record " + std::to_string(i));
      all += "record " + std::to_string(i);
    }
    settle();
    EXPECT_EQ(sink.received, all);
  });
}

TEST_P(TlsConnectionTest, WhatTheKernelDoesNotTakeIsSentLater) {
  run_tls([this] {
    make_send_buffer_small();
    const std::string all = pattern(1'000'000);
    EXPECT_FALSE(connection->write(std::string_view(all).substr(0, 700'000)));
    EXPECT_GT(connection->unsent(), 0U);
    EXPECT_FALSE(connection->write(std::string_view(all).substr(700'000)));
    server_writes("meanwhile");
    std::string arrived;
    scheduler.spawn([&] {
      while (arrived.size() < all.size()) {
        arrived += server_reads();
        coro::this_coroutine::yield();
      }
    });
    Deadline deadline = within(10s);
    EXPECT_FALSE(connection->wait_sent(deadline));
    settle();
    EXPECT_TRUE(arrived == all);
    EXPECT_EQ(sink.received, "meanwhile");
  });
}

TEST_P(TlsConnectionTest, ASinkMayDestroyTheConnectionInsideOfItsCall) {
  run_tls([this] {
    sink.then = [this](std::string_view) { connection.reset(); };
    server_writes("one");
    server_writes("two");
    settle();
    EXPECT_EQ(sink.received.substr(0, 3), "one");
    EXPECT_EQ(sink.calls, 1);
    EXPECT_FALSE(sink.end);
  });
}

TEST_P(TlsConnectionTest, ACloseNotifyEndsTheConnection) {
  run_tls([this] {
    server_writes("bye");
    SSL_shutdown(server.get());
    settle();
    EXPECT_EQ(sink.received, "bye");
    ASSERT_TRUE(sink.end);
    EXPECT_EQ(sink.end->cause, Cause::kClosed);
  });
}

TEST_P(TlsConnectionTest, AnInvalidRecordEndsTheConnection) {
  run_tls([this] {
    server_writes("valid");
    settle();
    peer_sends("this is not a record of TLS at all");
    settle();
    EXPECT_EQ(sink.received, "valid");
    ASSERT_TRUE(sink.end);
    EXPECT_EQ(sink.end->cause, Cause::kTls);
    EXPECT_EQ(connection->write("x").cause, Cause::kTls);
  });
}

TEST_P(TlsConnectionTest, TheEndFollowsWhatIsUnsent) {
  run_tls([this] {
    make_send_buffer_small();
    const std::string all = pattern(300'000);
    EXPECT_FALSE(connection->write(all));
    connection->end_writing();
    EXPECT_TRUE(connection->is_sending());
    std::string arrived;
    while (arrived.size() < all.size()) {
      arrived += server_reads();
      settle();
    }
    EXPECT_TRUE(arrived == all);
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN) << "a close_notify";
    EXPECT_FALSE(connection->is_sending());
    server_writes("still");
    settle();
    EXPECT_EQ(sink.received, "still");
  });
}

TEST_P(TlsConnectionTest, AFailedHandshakeLeavesNoTls) {
  run([this] {
    Deadline deadline = within(5s);
    EXPECT_EQ(
        connection->start_tls(*client_context_, {.host = "localhost"}, nullptr, {}, deadline).cause,
        Cause::kTimedOut);
    EXPECT_FALSE(connection->has_tls());
  });
}

TEST_P(TlsConnectionTest, AHandshakeEndsWithTheConnection) {
  run([this] {
    Failure failure;
    scheduler.spawn([&] {
      Deadline deadline = within(1h);
      failure =
          connection->start_tls(*client_context_, {.host = "localhost"}, nullptr, {}, deadline);
    });
    settle();
    EXPECT_FALSE(failure) << "it has to wait";
    connection->close();
    settle();
    EXPECT_EQ(failure.cause, Cause::kClosed);
    EXPECT_FALSE(connection->has_tls());
  });
}

TEST_P(TlsConnectionTest, AFloodDoesNotHoldTheThread) {
  run_tls([this] {
    constexpr std::size_t kTotal = 3000U * 1500;
    int calls_in_turn = 0;
    int longest = 0;
    std::size_t sent = 0;
    const std::string block(1500, 'x');  // a record
    const auto refill =
        [&] {  // so that OpenSSL holds a part of the next record after nearly each read
          while (sent < kTotal) {
            ERR_clear_error();
            const int count = SSL_write(server.get(), block.data(), static_cast<int>(block.size()));
            if (count <= 0) return;
            sent += static_cast<std::size_t>(count);
          }
        };
    const int size = 1 << 20;
    ASSERT_EQ(::setsockopt(fds_[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    sink.then = [&](std::string_view) {
      longest = std::max(longest, ++calls_in_turn);
      refill();
    };
    refill();
    while (sink.received.size() < kTotal && !sink.end) {
      calls_in_turn = 0;
      coro::this_coroutine::yield();
    }
    EXPECT_GT(longest, 1) << "the test must have filled the buffer";
    EXPECT_LE(longest, int{Connection::kTurns});
    server_writes("the end");
    settle();
    EXPECT_EQ(sink.received.size(), kTotal + 7);
  });
}

TEST_P(TlsConnectionTest, WhatTlsHoldsIsDeliveredAfterAPause) {
  run_tls([this] {
    make_send_buffer_small();
    EXPECT_FALSE(connection->write(pattern(1'000'000)));  // epoll does not report it as writable
    EXPECT_GT(connection->unsent(), 0U);
    std::string all;
    for (int i = 0; i < 100; ++i) {  // one read of the socket: many records for OpenSSL
      server_writes("record " + std::to_string(i));
      all += "record " + std::to_string(i);
    }
    settle();
    EXPECT_EQ(sink.received, all);
  });
}

TEST_P(TlsConnectionTest, SendsACloseNotify) {
  run_tls([this] {
    EXPECT_FALSE(connection->write("last"));
    connection->send_end();
    connection.reset();
    EXPECT_EQ(server_reads(), "last");
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_end, SSL_ERROR_ZERO_RETURN);
  });
}

/// A new handshake within a connection exists only in TLS 1.2.
class RenegotiationTest : public TlsConnectionTest {};
INSTANTIATE_TEST_SUITE_P(Versions, RenegotiationTest, testing::Values(TLS1_2_VERSION),
                         [](const auto&) { return std::string("Tls12"); });

TEST_P(RenegotiationTest, AWriteThatHasToReadFirstIsSentLater) {
  run_tls([this] {
    EXPECT_EQ(SSL_renegotiate(server.get()), 1);
    EXPECT_EQ(SSL_do_handshake(server.get()), 1);  // sends HelloRequest
    settle();                                      // the client answers with ClientHello
    EXPECT_FALSE(connection->write("after the handshake"));
    EXPECT_EQ(connection->unsent(), 19U);
    std::string arrived;
    for (int i = 0; i < 10 && arrived.empty(); ++i) {
      arrived = server_reads();
      settle();
    }
    EXPECT_EQ(arrived, "after the handshake");
    EXPECT_EQ(connection->unsent(), 0U);
    server_writes("answer");
    settle();
    EXPECT_EQ(sink.received, "answer");
  });
}

}  // namespace
}  // namespace cppworker::net
