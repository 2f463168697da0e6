#include <atomic>
#include <memory>
#include <string>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// A server that doesn't answer "/hold…" before release(), and users that are stopped while they
/// wait for it.
class CutOffTest : public UserFixture {
 protected:
  HttpServer server{[](const HttpRequest& request, HttpConnection& connection) {
    if (request.target.starts_with("/hold")) {
      connection.hold();
    }
    connection.reply("ok");
  }};

  /// From the server's thread: once "/hold…" has arrived.
  void stop_when_asked(coro::Coroutine& user) {
    server.on_request([this, &user](const HttpRequest& request) {
      if (request.target.starts_with("/hold")) {
        post([&user] { user.request_stop(); });
      }
    });
  }
};

TEST_P(CutOffTest, CountsWhatWasSentAndNotAnsweredInsteadOfReportingIt) {
  bool returned = false;
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    client.get("/fine");
    client.post("/hold?id=1", {.name = "/hold"});
    returned = true;
  });
  stop_when_asked(user);
  run();
  EXPECT_FALSE(returned);
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().name, "/fine");
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("POST /hold", 1)));
}

TEST_P(CutOffTest, ClosesTheConnection) {
  std::unique_ptr<HttpSession> client;
  coro::Coroutine& user = add_user([&] {
    client = std::make_unique<Session>(environment, server.url());
    client->get("/hold");
  });
  stop_when_asked(user);
  run();
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("GET /hold", 1)));
  server.release();
  server.wait_for_closed(1);  // though the session is still there
}

TEST_P(CutOffTest, LetsTheUserGoOnAfterwards) {
  coro::Coroutine* self = nullptr;
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    try {
      client.get("/hold");
    } catch (const StopUser&) {
      self->clear_stop();
    }
    client.get("/logout");  // on_stop
  });
  self = &user;
  stop_when_asked(user);
  run();
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().name, "/logout");
}

TEST_P(CutOffTest, DoesNotCountWhatWasNeverSent) {
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    client.get("/hold");
  });
  user.request_stop();
  run();
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
  EXPECT_THAT(reported, IsEmpty());
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_P(CutOffTest, MakesNoRequestWhileAStoppedUserUnwinds) {
  struct Logout {
    HttpSession& client;
    Response& response;
    ~Logout() { response = client.get("/logout"); }
  };
  Response response;
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    const Logout logout{client, response};
    client.get("/hold");
  });
  stop_when_asked(user);
  run();
  EXPECT_EQ(response.status_code, 0);
  EXPECT_EQ(response.error, "StopUser()");
  EXPECT_THAT(reported, IsEmpty());
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("GET /hold", 1)));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_P(CutOffTest, ManyAtOnce) {
  constexpr std::size_t kUsers = 100;
  std::vector<coro::Coroutine*> users;
  std::atomic<std::size_t> arrived = 0;
  server.on_request([&](const HttpRequest&) {
    if (++arrived == kUsers) {
      post([&users] {
        for (coro::Coroutine* user : users) {
          user->request_stop();
        }
      });
    }
  });
  for (std::size_t i = 0; i < kUsers; ++i) {
    users.push_back(&add_user([&] {
      Session client(environment, server.url());
      client.get("/hold");
    }));
  }
  run();
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("GET /hold", kUsers)));
  EXPECT_THAT(reported, IsEmpty());
}

TEST_P(CutOffTest, SurvivesTheEndOfItsSession) {
  auto client = std::make_unique<Session>(environment, server.url());
  Response response;
  server.on_request([&](const HttpRequest&) {
    post([&] {
      client.reset();
      server.release();
    });
  });
  run_user([&] { response = client->get("/hold"); });
  EXPECT_EQ(response.text, "ok");
}

INSTANTIATE_TEST_SUITE_P(Of, CutOffTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
