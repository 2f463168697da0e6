#include <set>
#include <string>

#include "fast_fixture.hpp"

namespace cppworker::http::fast {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

using FastSession = FastFixture;

TEST_F(FastSession, ReportsAnAnswer) {
  const Response response = get(answer_ok);
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.text, "ok");
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(response.headers["content-length"], "2");
  EXPECT_THAT(response.url, StartsWith("http://127.0.0.1:"));
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().request_type, "GET");
  EXPECT_EQ(last().name, "/x");
  EXPECT_EQ(last().response_length, 2);
  EXPECT_EQ(last().exception, std::nullopt);
  EXPECT_GT(last().response_time_ms, 0);
  EXPECT_EQ(last().url, response.url);
}

TEST_F(FastSession, AnAnswerThatComesFasterThanItIsReadDoesNotKeepTheThread) {
  constexpr int kMegabytes = 32;
  HttpServer server(
      [](auto&, HttpConnection& c) { c.reply(std::string(std::size_t{kMegabytes} << 20U, 'x')); });
  bool done = false;
  int turns = 0;
  add_user([&] {
    session(server.url())->get("/");
    done = true;
  });
  run_user([&] {
    while (!done) {
      ++turns;
      coro::this_coroutine::yield();
    }
  });
  EXPECT_EQ(last().response_length, std::int64_t{kMegabytes} << 20U);
  EXPECT_GE(turns, kMegabytes);
}

TEST_F(FastSession, IsNamedByTheUrlAsGiven) {
  HttpServer server(answer_ok);
  run_user([&] {
    const auto client = session(server.url());
    client->get("/a b?c=d");
    client->get(server.url() + "/e");
    client->get("/f", {.name = "/[letter]"});
  });
  EXPECT_EQ(reported.at(0).name, "/a b?c=d");
  EXPECT_EQ(reported.at(1).name, server.url() + "/e");
  EXPECT_EQ(reported.at(2).name, "/[letter]");
  EXPECT_EQ(server.requests().at(0).target, "/a%20b?c=d");
}

TEST_F(FastSession, SendsTheHeadersOfLocustsClientInItsOrder) {
  get(answer_ok);
  EXPECT_THAT(requests.at(0).head, testing::MatchesRegex("User-Agent: cpp-worker/[^\r]*\r\n"
                                                         "Accept-Encoding: gzip, deflate, br\r\n"
                                                         "Host: 127.0.0.1:[0-9]+\r\n"));
}

TEST_F(FastSession, SendsTheAuthorsHeaders) {
  get(answer_ok, {.headers = {{"X-A", "b"}, {"user-agent", "me"}, {"Accept-Encoding", "br"}}});
  EXPECT_THAT(requests.at(0).head,
              testing::MatchesRegex("user-agent: me\r\nX-A: b\r\nAccept-Encoding: br\r\n"
                                    "Host: 127.0.0.1:[0-9]+\r\n"));
}

TEST_F(FastSession, SendsBodies) {
  get(answer_ok, {.data = "a body"}, "POST");
  EXPECT_EQ(requests.at(0).body, "a body");
  EXPECT_EQ(requests.at(0).header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(requests.at(0).header("Content-Length"), "6");
}

TEST_F(FastSession, SendsJson) {
  get(answer_ok, {.json = R"({"a": 1})"}, "PUT");
  EXPECT_EQ(requests.at(0).body, R"({"a": 1})");
  EXPECT_EQ(requests.at(0).header("Content-Type"), "application/json");
  EXPECT_EQ(requests.at(0).header("Accept"), "application/json");
}

TEST_F(FastSession, SendsForms) {
  get(answer_ok, {.form = {{"a", "b c"}, {"d", "e"}}}, "POST");
  EXPECT_EQ(requests.at(0).body, "a=b+c&d=e");
  EXPECT_EQ(requests.at(0).header("Content-Type"),
            "application/x-www-form-urlencoded; charset=utf-8");
}

TEST_F(FastSession, SendsALengthWithMethodsThatHaveABody) {
  for (const char* const method : {"POST", "PUT", "PATCH"}) {
    get(answer_ok, {}, method);
    EXPECT_EQ(requests.at(0).header("Content-Length"), "0") << method;
  }
  for (const char* const method : {"GET", "DELETE", "OPTIONS"}) {
    get(answer_ok, {}, method);
    EXPECT_EQ(requests.at(0).header("Content-Length"), "") << method;
  }
}

TEST_F(FastSession, SendsABodyThatTheKernelAcceptsInPieces) {
  const std::string body(20'000'000, 'x');
  get(answer_ok, {.data = body}, "POST");
  EXPECT_EQ(requests.at(0).body.size(), body.size());
  EXPECT_EQ(last().exception, std::nullopt);
}

TEST_F(FastSession, ReadsABodyThatComesInPieces) {
  const std::string body(3'000'000, 'y');
  const Response response = get([&](auto&, HttpConnection& c) { c.reply(body); });
  EXPECT_EQ(response.text, body);
}

TEST_F(FastSession, ReadsChunks) {
  const Response response = get_bytes(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(response.text, "abcde");
  EXPECT_EQ(last().response_length, 5);
}

TEST_F(FastSession, ReadsUntilTheConnectionIsClosed) {
  const Response response = get([](auto&, HttpConnection& c) {
    c.send("HTTP/1.1 200 OK\r\n\r\nabc");
    c.close();
  });
  EXPECT_EQ(response.text, "abc");
  EXPECT_EQ(last().exception, std::nullopt);
}

TEST_F(FastSession, SkipsInterimAnswers) {
  EXPECT_EQ(get_bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
                      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
                .status_code,
            201);
}

TEST_F(FastSession, WaitsForNoBodyWhereThereIsNone) {
  get_bytes("HTTP/1.1 204 No Content\r\n\r\n");
  get_bytes("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n");
  get_bytes("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD");
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_THAT(reported, SizeIs(3));
}

TEST_F(FastSession, DecodesContent) {
  const std::string gzip(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00"
      "\x86\xa6\x10\x36\x05\x00\x00\x00",
      25);
  const Response response =
      get([&](auto&, HttpConnection& c) { c.reply(gzip, "Content-Encoding: gzip\r\n"); });
  EXPECT_EQ(response.text, "hello");
  EXPECT_EQ(last().response_length, 5);
}

TEST_F(FastSession, KeepsOneConnection) {
  HttpServer server(answer_ok);
  run_user([&] {
    const auto client = session(server.url());
    for (int i = 0; i < 10; ++i) {
      client->get("/");
    }
  });
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(exceptions(), Each(""));
}

TEST_F(FastSession, ClosesWhatTheServerWantsClosed) {
  HttpServer server([](auto&, HttpConnection& c) { c.reply("ok", "Connection: close\r\n"); });
  run_user([&] {
    const auto client = session(server.url());
    client->get("/1");
    client->get("/2");
  });
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(exceptions(), Each(""));
}

TEST_F(FastSession, FollowsRedirects) {
  const Response response = get([](const HttpRequest& request, HttpConnection& c) {
    request.target == "/x" ? c.reply("gone", "Location: /y\r\n", "302 Found") : c.reply("here");
  });
  EXPECT_EQ(response.text, "here");
  EXPECT_THAT(response.url, testing::EndsWith("/y"));
  EXPECT_THAT(requests, SizeIs(2));
  EXPECT_EQ(connections, 1U);
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().name, "/x");
}

TEST_F(FastSession, TurnsRedirectedPostsIntoGets) {
  for (const char* const status : {"301 x", "302 x", "303 x", "307 x", "308 x"}) {
    get(
        [&](const HttpRequest& request, HttpConnection& c) {
          request.target == "/x" ? c.reply("", "Location: /y\r\n", status) : c.reply("here");
        },
        {.data = "body"}, "POST");
    const bool keeps = status[1] == '0' && status[2] >= '7';
    EXPECT_EQ(requests.at(1).method, keeps ? "POST" : "GET") << status;
    EXPECT_EQ(requests.at(1).body, keeps ? "body" : "") << status;
    EXPECT_EQ(requests.at(1).header("Content-Type").empty(), !keeps) << status;
  }
}

TEST_F(FastSession, FollowsNoRedirectIfItMayNot) {
  const auto redirect = [](auto&, HttpConnection& c) {
    c.reply("", "Location: /y\r\n", "302 Found");
  };
  EXPECT_EQ(get(redirect, {.allow_redirects = false}).status_code, 302);
  EXPECT_THAT(requests, SizeIs(1));
  settings.max_redirects = 0;
  EXPECT_EQ(get(redirect).status_code, 302);
  EXPECT_THAT(requests, SizeIs(1));
  EXPECT_THAT(exceptions(), Each(""));
}

TEST_F(FastSession, KeepsCookies) {
  HttpServer server([](auto&, HttpConnection& c) {
    c.reply("ok", "Set-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\n");
  });
  run_user([&] {
    const auto client = session(server.url());
    client->get("/1");
    client->get("/2");
    session(server.url())->get("/another user's");
  });
  EXPECT_EQ(server.requests().at(0).header("Cookie"), "");
  EXPECT_THAT(server.requests().at(1).header("Cookie"), HasSubstr("a=b"));
  EXPECT_THAT(server.requests().at(1).header("Cookie"), HasSubstr("c=d"));
  EXPECT_EQ(server.requests().at(2).header("Cookie"), "");
}

TEST_F(FastSession, SendsCredentials) {
  HttpServer server(answer_ok);
  const std::string address = server.url().substr(7);
  run_user([&] {
    session("http://user:pass@" + address)->get("/1");
    session(server.url())->get("/2", {.auth = Auth{.user = "a", .password = "b"}});
  });
  EXPECT_EQ(server.requests().at(0).header("Authorization"), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(server.requests().at(1).header("Authorization"), "Basic YTpi");
}

TEST_F(FastSession, GivesAuthorizationToNoOtherOrigin) {
  HttpServer other(answer_ok);
  HttpServer server([&](auto&, HttpConnection& c) {
    c.reply("", "Location: " + other.url() + "/y\r\n", "302 x");
  });
  run_user([&] { session(server.url())->get("/x", {.auth = Auth{.user = "a", .password = "b"}}); });
  EXPECT_EQ(other.requests().at(0).header("Authorization"), "");
}

TEST_F(FastSession, LetsTheAuthorDecide) {
  HttpServer server([](auto&, HttpConnection& c) { c.reply("no", "", "404 Not Found"); });
  run_user([&] {
    const auto client = session(server.url());
    client->get("/1", {}, [](CatchResponse& r) { r.success(); });
    client->get("/2", {}, [](CatchResponse& r) { r.failure("wrong"); });
    client->get("/3", {}, [](CatchResponse&) {});
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("", "CatchResponseError('wrong')", "LocustBadStatusCode(code=404)"));
}

TEST_F(FastSession, CutsOffARequestOfAStoppedUser) {
  HttpServer server([](const HttpRequest& request, HttpConnection& c) {
    if (request.target == "/hold") {
      c.hold();
    }
    c.reply("ok");
  });
  std::unique_ptr<HttpSession> client;
  coro::Coroutine& user = add_user([&] {
    client = session(server.url());
    client->get("/fine");
    client->get("/hold");
    ADD_FAILURE() << "it was stopped";
  });
  server.on_request([&](const HttpRequest& request) {
    if (request.target == "/hold") {
      post([&user] { user.request_stop(); });
    }
  });
  run();
  server.release();  // its thread may see now that the connection is closed
  server.wait_for_closed(1);
  EXPECT_THAT(reported, SizeIs(1));
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(testing::Pair("GET /hold", 1)));
}

TEST_F(FastSession, HasSeveralRequestsUnderWayUpToItsConcurrency) {
  settings.concurrency = 2;
  HttpServer server([](auto&, HttpConnection& c) {
    c.hold();
    c.reply("ok");
  });
  std::unique_ptr<HttpSession> client;
  for (int i = 0; i < 5; ++i) {
    add_user([&] {
      if (client == nullptr) {
        client = session(server.url());
      }
      client->get("/");
    });
  }
  for (int i = 0; i < 5; ++i) {
    server.release();
  }
  run();
  EXPECT_THAT(reported, SizeIs(5));
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_LE(server.connections(), 2U);
}

TEST_F(FastSession, PassesOnTheTurnOfAStoppedRequest) {
  settings.concurrency = 1;
  HttpServer server([](auto&, HttpConnection& c) {
    c.hold();
    c.reply("ok");
  });
  std::unique_ptr<HttpSession> client;
  add_user([&] {
    client = session(server.url());
    client->get("/1");
  });
  coro::Coroutine& waits = add_user([&] { client->get("/2"); });
  add_user([&] { client->get("/3"); });
  server.on_request([&](const HttpRequest& request) {
    if (request.target == "/1") {
      post([&] {
        waits.request_stop();
        server.release();
        server.release();
      });
    }
  });
  run();
  EXPECT_THAT(reported, SizeIs(2));
  EXPECT_EQ(last().name, "/3");
}

TEST_F(FastSession, AsksAProxyForTheWholeUrl) {
  HttpServer proxy(answer_ok);
  settings.proxy_host = "127.0.0.1";
  settings.proxy_port = proxy.port();
  run_user([&] { session("http://no-such-host.invalid:81")->get("/x?y"); });
  EXPECT_EQ(proxy.requests().at(0).target, "http://no-such-host.invalid:81/x?y");
  EXPECT_EQ(proxy.requests().at(0).header("Host"), "no-such-host.invalid:81");
  EXPECT_EQ(last().exception, std::nullopt);
}

}  // namespace
}  // namespace cppworker::http::fast
