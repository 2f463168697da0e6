#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <cppworker/gather.hpp>
#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// Several coroutines of one user, which share its client.
class ParallelTest : public UserFixture {
 protected:
  /// The server answers a request for "/hold…" only when so many of them have arrived.
  void answer_together(std::size_t count) {
    server.on_request([this, count](const HttpRequest& request) {
      if (request.target.starts_with("/hold") && ++arrived_ % count == 0) {
        for (std::size_t i = 0; i < count; ++i) {
          server.release();
        }
      }
    });
  }
  static std::vector<std::function<Response()>> gets(HttpSession& client, std::size_t count) {
    return {count, [&client] { return client.get("/hold"); }};
  }

  HttpServer server{[](const HttpRequest& request, HttpConnection& connection) {
    if (request.target.starts_with("/hold")) {
      connection.hold();
    }
    const std::string cookie =
        std::string("Set-Cookie: ") + request.target.back() + "=1; Path=/\r\n";
    connection.reply(request.target, request.target.starts_with("/hold?") ? cookie : "");
  }};

 private:
  std::atomic<std::size_t> arrived_ = 0;
};

TEST_P(ParallelTest, EachCallHasItsOwnResponseAndRow) {
  answer_together(3);
  run_user([&] {
    Session client(environment, server.url());
    const auto [a, b, c] = gather([&] { return client.get("/hold/a"); },
                                  [&] { return client.post("/hold/b", {.data = "x"}); },
                                  [&] { return client.get("/hold/c", {.name = "named"}); });
    EXPECT_EQ(a.text, "/hold/a");
    EXPECT_EQ(b.text, "/hold/b");
    EXPECT_EQ(c.text, "/hold/c");
  });
  EXPECT_EQ(server.connections(), 3U);
  std::vector<std::string> rows;
  for (const Reported& report : reported) {
    rows.push_back(report.request_type + " " + report.name);
  }
  EXPECT_THAT(rows, UnorderedElementsAre("GET /hold/a", "POST /hold/b", "GET named"));
  EXPECT_THAT(exceptions(), Each(""));
}

/// Of the twelve connections, urllib3's pool keeps ten and closes two; geventhttpclient's makes
/// only ten, for which two requests wait.
TEST_P(ParallelTest, UsesAsManyConnectionsAsThePythonClient) {
  answer_together(GetParam() == Users::kHttp ? 12 : 2);
  run_user([&] {
    Session client(environment, server.url());
    gather(gets(client, 12));
    if (GetParam() == Users::kHttp) {
      server.wait_for_closed(2);
    }
    gather(gets(client, GetParam() == Users::kHttp ? 12 : 10));
  });
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_EQ(server.connections(), GetParam() == Users::kHttp ? 14U : 10U);
}

TEST_P(ParallelTest, TheCallsShareTheSessionsCookies) {
  answer_together(2);
  run_user([&] {
    Session client(environment, server.url());
    gather([&] { client.get("/hold?a"); }, [&] { client.get("/hold?b"); });
    client.get("/last");
  });
  const std::string cookies = server.requests().back().header("Cookie");
  EXPECT_THAT(cookies, testing::AllOf(testing::HasSubstr("a=1"), testing::HasSubstr("b=1")));
}

TEST_P(ParallelTest, AStopCutsAllOff) {
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    client.get("/fine");
    gather(gets(client, 3));
  });
  std::atomic<int> held = 0;
  server.on_request([&](const HttpRequest& request) {
    if (request.target == "/hold" && ++held == 3) {
      post([&user] { user.request_stop(); });
    }
  });
  run();
  EXPECT_THAT(reported, SizeIs(1));
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("GET /hold", 3)));
  for (int i = 0; i < 3; ++i) {
    server.release();
  }
  server.wait_for_closed(3);
}

TEST_P(ParallelTest, TheOthersAreReportedIfACheckThrows) {
  answer_together(3);
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THROW(gather([&] { client.get("/hold/a"); },
                        [&] {
                          client.get("/hold/b", {}, [](CatchResponse&) -> void {
                            throw std::out_of_range("the author's");
                          });
                        },
                        [&] { client.get("/hold/c"); }),
                 std::out_of_range);
  });
  EXPECT_THAT(reported, SizeIs(2));
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Of, ParallelTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
