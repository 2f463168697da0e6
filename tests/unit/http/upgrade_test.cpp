#include "http/upgrade.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "http/fast/fast_client.hpp"
#include "http/requests/requests_client.hpp"
#include "http_fixture.hpp"
#include "net/connection.hpp"

namespace cppworker::http {
namespace {

/// What has arrived after the handshake.
class Received final : public net::Sink {
 public:
  void on_bytes(std::string_view arrived) override { bytes += arrived; }
  void on_end(const net::Failure&) override { ended = true; }

  std::string bytes;
  bool ended = false;
};

class UpgradeTest : public UserFixture {
 protected:
  [[nodiscard]] std::unique_ptr<HttpClient> make_client(std::string_view base_url) {
    if (GetParam() == Users::kFastHttp) {
      return std::make_unique<fast::FastClient>(environment, base_url, nullptr, FastHttpSettings{});
    }
    return std::make_unique<requests::RequestsClient>(environment, base_url, nullptr);
  }
  static Upgrade shake_hands(HttpClient& client) {
    return upgrade(client, "/chat", {.headers = {{"Connection", "Upgrade"}, {"Upgrade", "test"}}});
  }
  /// Exchanges bytes over a connection that was handed over.
  static void expect_answer(Upgrade& made) {
    Received received;
    made.connection->set_sink(received);
    EXPECT_FALSE(made.connection->write("GET /after HTTP/1.1\r\n\r\n"));
    while (received.bytes != "any bytes") {
      coro::this_coroutine::yield();
    }
    made.connection.reset();
    EXPECT_FALSE(received.ended);
  }
  /// Switches protocols at /chat; what comes then is another protocol, but the server reads it like
  /// a request.
  static void serve(const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/chat") {
      connection.send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: Upgrade\r\n"
          "Set-Cookie: a=1\r\nContent-Length: 3\r\n\r\nthe first");
    } else if (request.target == "/after") {
      connection.send("any bytes");
    } else {
      connection.reply("ok");
    }
  }
};
INSTANTIATE_TEST_SUITE_P(, UpgradeTest, kBothUsers, name_of_user);

TEST_P(UpgradeTest, HandsTheConnectionOver) {
  HttpServer server(&serve);
  run_user([&] {
    const auto client = make_client(server.url());
    client->cookies.set("login", "ann");
    Upgrade made = shake_hands(*client);
    EXPECT_EQ(made.response.status_code, 101);
    EXPECT_EQ(made.response.error, "");
    EXPECT_EQ(made.response.headers["Upgrade"], "test");
    EXPECT_EQ(client->cookies.get("a", ""), "1");
    EXPECT_EQ(made.rest, "the first");
    EXPECT_LE(made.ended, clock.now());
    ASSERT_NE(made.connection, nullptr);
    const HttpRequest request = server.requests().at(0);
    EXPECT_EQ(request.header("Connection"), "Upgrade");
    EXPECT_EQ(request.header("Cookie"), "login=ann");
    expect_answer(made);
  });
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(reported.size(), 0U);
}

TEST_P(UpgradeTest, TakesTheConnectionOutOfThePool) {
  HttpServer server(&serve);
  run_user([&] {
    const auto client = make_client(server.url());
    Upgrade first = shake_hands(*client);
    Upgrade second = shake_hands(*client);
    ASSERT_NE(second.connection, nullptr);
    expect_answer(first);
    expect_answer(second);
  });
  EXPECT_EQ(server.connections(), 2U);
}

TEST_P(UpgradeTest, TheConnectionOutlivesItsSession) {
  HttpServer server(&serve);
  run_user([&] {
    auto client = make_client(server.url());
    Upgrade made = shake_hands(*client);
    client.reset();
    expect_answer(made);
  });
}

TEST_P(UpgradeTest, WorksWithTls) {
  HttpServer server(&serve, HttpServer::Protocol::kTls);
  run_user([&] {
    const auto client = make_client(server.url());
    client->settings.verify = false;
    Upgrade made = shake_hands(*client);
    EXPECT_EQ(made.rest, "the first");
    ASSERT_NE(made.connection, nullptr);
    EXPECT_TRUE(made.connection->has_tls());
    expect_answer(made);
  });
}

TEST_P(UpgradeTest, AnotherStatusHasNoConnection) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("no", "Location: /elsewhere\r\n", "302 Found");
  });
  run_user([&] {
    const auto client = make_client(server.url());
    const Upgrade made = shake_hands(*client);
    EXPECT_EQ(made.response.status_code, 302);
    EXPECT_EQ(made.response.error, "");
    EXPECT_EQ(made.connection, nullptr);
  });
  EXPECT_EQ(reported.size(), 0U);
}

TEST_P(UpgradeTest, NoResponseIsAnError) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) { connection.close(); });
  run_user([&] {
    const auto client = make_client(server.url());
    const Upgrade made = shake_hands(*client);
    EXPECT_EQ(made.response.status_code, 0);
    EXPECT_NE(made.response.error, "");
    EXPECT_EQ(made.connection, nullptr);
  });
  EXPECT_EQ(reported.size(), 0U);
}

TEST_P(UpgradeTest, AStoppedHandshakeIsCountedInTheRowOfAWebSocket) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) { connection.hold(); });
  coro::Coroutine& user = add_user([&] {
    const auto client = make_client(server.url());
    static_cast<void>(upgrade(*client, "/chat", {.name = "chat"}));
    ADD_FAILURE() << "it was stopped";
  });
  server.on_request([&](const HttpRequest&) { post([&user] { user.request_stop(); }); });
  run();
  EXPECT_THAT(shard.cut_off_requests, testing::ElementsAre(testing::Pair("WS chat", 1)));
}

TEST_P(UpgradeTest, AStoppedHandshakeNeedNotBeCounted) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) { connection.hold(); });
  coro::Coroutine& user = add_user([&] {
    const auto client = make_client(server.url());
    static_cast<void>(upgrade(*client, "/chat", {.name = "chat"}, false));
    ADD_FAILURE() << "it was stopped";
  });
  server.on_request([&](const HttpRequest&) { post([&user] { user.request_stop(); }); });
  run();
  EXPECT_THAT(shard.cut_off_requests, testing::IsEmpty());
}

TEST_P(UpgradeTest, IsNotMadeWhileAStoppedUserUnwinds) {
  struct AtExit {
    HttpClient& client;
    Upgrade& made;
    ~AtExit() { made = shake_hands(client); }
  };
  HttpServer server(&serve);
  Upgrade made;
  run_user([&] {
    const auto client = make_client(server.url());
    const AtExit at_exit{*client, made};
    coro::Coroutine* const self = scheduler.running();
    post([self] { self->request_stop(); });
    coro::this_coroutine::suspend();
  });
  EXPECT_TRUE(made.stopped);
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace cppworker::http
