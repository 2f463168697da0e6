#include "http2/connection.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/scheduler.hpp"
#include "support/http2_peer.hpp"

namespace cppworker::http2 {
namespace {

using namespace std::chrono_literals;
using test_support::Http2Peer;

constexpr std::array<Header, 4> kPost{
    {{":method", "POST"}, {":scheme", "http"}, {":path", "/x"}, {":authority", "shop.test"}}};

class CountingStream final : public Stream {
 public:
  void on_header(Block, std::string_view, std::string_view) override {}
  void on_data(std::string_view bytes) override { body += bytes; }
  void on_end(const StreamEnd& stream_end) override {
    end = stream_end;
    reason = stream_end.reason;
  }
  std::string body;
  std::string reason;
  std::optional<StreamEnd> end;
};

/// A connection and the server's side of it, the two ends of a socket pair.
class Http2Connection : public testing::Test {
 protected:
  Http2Connection() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
  }
  ~Http2Connection() override { close_peer(); }

  void run(const std::function<void()>& body) {
    scheduler.spawn([&] {
      auto socket = std::make_unique<net::Connection>();
      socket->adopt(fds_[0]);
      connection = std::make_unique<Connection>(std::move(socket), "");
      body();
      connection.reset();
      scheduler.stop();
    });
    scheduler.run();
  }
  void settle() {
    for (int i = 0; i < 3; ++i) coro::this_coroutine::sleep_until(clock.now() + 1ms);
  }
  /// Transfers what the two sides have sent.
  void exchange() {
    for (int round = 0; round < 4; ++round) {
      settle();
      std::string bytes(1 << 20, '\0');
      const ssize_t size = ::recv(fds_[1], bytes.data(), bytes.size(), 0);
      if (size > 0) peer.receive({bytes.data(), static_cast<std::size_t>(size)});
      send(peer.output());
    }
    settle();
  }
  void send(std::string_view bytes) const {
    if (bytes.empty()) return;
    EXPECT_EQ(::send(fds_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  void close_peer() {
    if (fds_[1] >= 0) ::close(std::exchange(fds_[1], -1));
  }

  void end_peers_side() const { EXPECT_EQ(::shutdown(fds_[1], SHUT_WR), 0); }
  /// Nothing more will arrive at the peer. @pre exchange()
  [[nodiscard]] bool is_closed_by_us() const {
    char byte = 0;
    return ::recv(fds_[1], &byte, 1, 0) == 0;
  }

  coro::VirtualClock clock;
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  std::unique_ptr<Connection> connection;
  Http2Peer peer;
  CountingStream stream;

 private:
  std::array<int, 2> fds_{-1, -1};
};

TEST_F(Http2Connection, MakesARequest) {
  run([this] {
    connection->open(stream, kPost, "body", true);
    exchange();
    EXPECT_EQ(peer.requests.at(1).body, "body");
    peer.respond(1, {{":status", "200"}}, "answer");
    exchange();
    EXPECT_EQ(stream.body, "answer");
    ASSERT_TRUE(stream.end);
    EXPECT_EQ(stream.end->cause, StreamEnd::Cause::kComplete);
  });
}

TEST_F(Http2Connection, AnswersAPingWhileNobodyWaits) {
  run([this] {
    connection->open(stream, kPost, "", true);
    peer.ping();
    exchange();
    EXPECT_EQ(peer.pings_answered, 1);
    connection->reset(stream, 8);
  });
}

TEST_F(Http2Connection, KeepsItselfAlive) {
  run([this] {
    connection->keep_alive(scheduler, {.time = 10s, .timeout = 3s, .without_calls = true});
    coro::this_coroutine::sleep_until(clock.now() + 10s);
    exchange();
    EXPECT_EQ(peer.pings_received, 1);
    connection->open(stream, kPost, "", true);
    coro::this_coroutine::sleep_until(clock.now() + 14s);  // the next ping is not answered
    ASSERT_TRUE(stream.end);
    EXPECT_EQ(stream.end->cause, StreamEnd::Cause::kLost);
    EXPECT_EQ(stream.reason, "the server has not answered a keepalive ping");
    EXPECT_FALSE(connection->takes_requests());
  });
}

TEST_F(Http2Connection, EndsItsStreamsWhenThePeerCloses) {
  run([this] {
    connection->open(stream, kPost, "", true);
    exchange();
    close_peer();
    settle();
    ASSERT_TRUE(stream.end);
    EXPECT_EQ(stream.end->cause, StreamEnd::Cause::kLost);
    EXPECT_EQ(stream.reason, "closed by the other side");
    EXPECT_FALSE(connection->takes_requests());
  });
}

TEST_F(Http2Connection, ClosesTheSocketWhenThePeerHasEndedItsSide) {
  run([this] {
    connection->open(stream, kPost, "", true);
    exchange();
    end_peers_side();
    settle();
    EXPECT_TRUE(stream.end);
    EXPECT_TRUE(is_closed_by_us());
  });
}

TEST_F(Http2Connection, SaysGoodbye) {
  run([this] {
    connection->open(stream, kPost, "", true);
    exchange();
    peer.respond(1, {{":status", "200"}});
    exchange();
    connection.reset();
    exchange();
    EXPECT_TRUE(peer.has_goaway);
  });
}

TEST_F(Http2Connection, GivesUpAServerThatDoesNotReadItsAnswers) {
  run([this] {
    connection->open(stream, kPost, "", true);
    send(peer.output());
    for (int i = 0; i < 40'000 && connection->takes_requests(); ++i) {
      peer.ping();
      send(peer.output());
      if (i % 100 == 0) settle();
    }
    EXPECT_FALSE(connection->takes_requests());
    ASSERT_TRUE(stream.end);
    EXPECT_EQ(stream.end->cause, StreamEnd::Cause::kLost);
    EXPECT_EQ(stream.reason,
              "the server does not read the answers to its PING and SETTINGS frames");
  });
}

TEST_F(Http2Connection, RefusesAnotherProtocol) {
  run([this] {
    connection->open(stream, kPost, "", true);
    send("220 mail.test ESMTP\r\n");
    settle();
    ASSERT_TRUE(stream.end);
    EXPECT_EQ(stream.end->cause, StreamEnd::Cause::kLost);
    EXPECT_FALSE(connection->takes_requests());
  });
}

}  // namespace
}  // namespace cppworker::http2
