#include <algorithm>
#include <barrier>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::SizeIs;

using IsolationTest = UserFixture;
using HttpUserIsolation = HttpFixture;

/// Sets a cookie that identifies the user, and returns the whole request.
void tag(const HttpRequest& request, HttpConnection& connection) {
  connection.reply(request.method + " " + request.target + "\n" + request.head + request.body,
                   "Set-Cookie: who=" + request.target.substr(1) + "; Path=/\r\n");
}

TEST_P(IsolationTest, NothingOfOneUserReachesTheNextUserOfAHandle) {
  HttpServer server(tag);
  run_user([&] {
    Session plain(environment, server.url());
    const std::string first = plain.get("/x", {.headers = {{"X-Round", "1"}}}).text;

    Session loud(environment, "http://user:pw@127.0.0.1:" + std::to_string(server.port()));
    loud.request("PATCH", "/loud",
                 {.json = R"({"secret": 1})",
                  .headers = {{"X-Secret", "s"}, {"User-Agent", "u"}, {"Cookie", "mine=1"}},
                  .timeout = Seconds{60}});
    loud.head("/loud");
    loud.post("/loud", {.data = "secret"});

    // One request at a time: all of them went through the same pooled handle.
    Session fresh(environment, server.url());
    EXPECT_EQ(fresh.get("/x", {.headers = {{"X-Round", "1"}}}).text, first);
    EXPECT_EQ(plain.get("/y").text.find("loud"), std::string::npos);
  });
}

TEST_P(IsolationTest, CookiesBelongToASession) {
  HttpServer server(tag);
  const auto cookie = [](const Response& response) {
    const std::size_t at = response.text.find("Cookie: ");
    return at == std::string::npos
               ? "none"
               : response.text.substr(at + 8, response.text.find('\r', at) - at - 8);
  };
  run_user([&] {
    Session a(environment, server.url());
    Session b(environment, server.url());
    EXPECT_EQ(cookie(a.get("/a")), "none");
    EXPECT_EQ(cookie(b.get("/b")), "none");
    EXPECT_EQ(cookie(a.get("/a")), "who=a");
    EXPECT_EQ(cookie(b.get("/b")), "who=b");
  });
}

TEST_P(IsolationTest, ConnectionsBelongToASession) {
  HttpServer server(tag);
  run_user([&] {
    Session a(environment, server.url());
    Session b(environment, server.url());
    for (int i = 0; i < 3; ++i) {
      a.get("/a");
      b.get("/b");
    }
  });
  std::set<std::pair<std::string, std::size_t>> uses;
  for (const HttpRequest& request : server.requests()) {
    uses.emplace(request.target, request.connection);
  }
  EXPECT_THAT(uses, SizeIs(2));
  EXPECT_EQ(server.connections(), 2);
}

TEST_P(IsolationTest, AnAnswerOfOneUserIsNeverSeenByAnother) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    connection.reply(request.target, "X-Of: " + request.target + "\r\n");
  });
  for (int i = 0; i < 20; ++i) {
    add_user([this, &server, i] {
      Session client(environment, server.url());
      for (int k = 0; k < 20; ++k) {
        const std::string path = "/" + std::to_string(i) + "-" + std::to_string(k);
        const Response response = client.get(path);
        EXPECT_EQ(response.text, path);
        EXPECT_EQ(response.headers["X-Of"], path);
      }
    });
  }
  run();
}

/// All responses begin before the first one continues.
TEST_P(IsolationTest, AnswersInPiecesAreNotMixedUp) {
  constexpr int kUsers = 10;
  constexpr int kRounds = 5;
  std::barrier all_began(kUsers);
  HttpServer server([&all_began](const HttpRequest& request, HttpConnection& connection) {
    const std::string body = request.target + " is whole";
    const std::string head = "HTTP/1.1 200 OK\r\nX-Of: " + request.target +
                             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    // Some stop within the head, some within the body.
    const std::string answer = head + body;
    const std::size_t first = head.size() - 5 + request.connection;
    connection.send(answer.substr(0, first));
    all_began.arrive_and_wait();
    connection.send(answer.substr(first));
  });
  for (int i = 0; i < kUsers; ++i) {
    add_user([this, &server, i] {
      Session client(environment, server.url());
      for (int k = 0; k < kRounds; ++k) {
        const std::string path = "/" + std::to_string(i) + "-" + std::to_string(k);
        const Response response = client.get(path);
        EXPECT_EQ(response.text, path + " is whole");
        EXPECT_EQ(response.headers["X-Of"], path);
      }
    });
  }
  run();
}

TEST_P(IsolationTest, ASessionMayOutliveItsShard) {
  HttpServer server(tag);
  std::unique_ptr<HttpSession> client;
  {
    detail::Shard short_lived{0, 1, scheduler, control, 100};
    cppworker::Environment its_environment{short_lived};
    client = std::make_unique<Session>(its_environment, server.url());
    run_user([&] { EXPECT_EQ(client->get("/x").status_code, 200); });
  }
  client.reset();
  server.wait_for_closed(1);
}

TEST_F(HttpUserIsolation, TlsSessionsBelongToASession) {
  HttpServer plain(answer_ok);
  HttpServer server(
      [](const HttpRequest&, HttpConnection& connection) {
        connection.reply("ok", "Connection: close\r\n");
        connection.close();
      },
      HttpServer::Protocol::kTls);
  run_user([&] {
    HttpSession a(environment, plain.url());
    HttpSession b(environment, plain.url());
    for (HttpSession* client : {&a, &b, &a, &b}) {
      client->verify = false;
      client->get("/");
      client->get(server.url("localhost") + "/");
    }
  });
  std::vector<bool> resumed;
  for (const HttpRequest& request : server.requests()) {
    resumed.push_back(request.tls_resumed);
  }
  EXPECT_THAT(resumed, testing::ElementsAre(false, false, true, true));
}

INSTANTIATE_TEST_SUITE_P(Of, IsolationTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
