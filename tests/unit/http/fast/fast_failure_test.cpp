#include "http/fast/fast_failure.hpp"

#include <semaphore>
#include <string>

#include "fast_fixture.hpp"

namespace cppworker::http::fast {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The texts of Python's FastHttpUser for failures.
using FastFailure = FastFixture;

TEST_F(FastFailure, RefusesHeadersThatCantBeSent) {
  HttpServer server(answer_ok);
  run_user([&] {
    const auto client = session(server.url());
    EXPECT_THROW(client->get("/", {.headers = {{"A b", "c"}}}), std::invalid_argument);
    EXPECT_THROW(client->get("/", {.headers = {{"A", "b\r\nC: d"}}}), std::invalid_argument);
    EXPECT_THROW(client->request("G ET", "/"), std::invalid_argument);
    client->get("/fine");
  });
  EXPECT_THAT(reported, SizeIs(1));
}

TEST_F(FastFailure, ReplacesAConnectionThatWasClosedMeanwhile) {
  std::counting_semaphore closed{0};
  HttpServer server([&](auto&, HttpConnection& c) {
    c.reply("ok");
    c.close();
    closed.release();
  });
  run_user([&] {
    const auto client = session(server.url());
    client->get("/1");
    closed.acquire();
    sleep_for(Seconds{0.001});  // a turn of the loop, in which the end is told
    client->post("/2");
    closed.acquire();
    sleep_for(Seconds{0.001});
    client->get("/3");
  });
  EXPECT_THAT(exceptions(), Each(""));
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST_F(FastFailure, TriesAgainWhereNothingCanHappenTwice) {
  get([](auto&, HttpConnection& c) { c.close(); });
  EXPECT_THAT(exceptions(), ElementsAre("HTTPConnectionClosed('connection closed.')"));
  EXPECT_THAT(requests, SizeIs(12)) << "concurrency + 1 more, as geventhttpclient";
  get([](auto&, HttpConnection& c) { c.reset(); }, {}, "DELETE");
  EXPECT_EQ(last().exception, "HTTPConnectionClosed('connection closed.')");
  EXPECT_THAT(requests, SizeIs(12));
  get([](auto&, HttpConnection& c) { c.close(); }, {}, "POST");
  EXPECT_EQ(last().exception, "HTTPConnectionClosed('connection closed.')");
  EXPECT_THAT(requests, SizeIs(1));
}

TEST_F(FastFailure, ShowsBadStatusCodesAsLocust) {
  for (const int code : {400, 404, 500, 503, 305, 209, 999}) {
    const Response response = get([&](auto&, HttpConnection& c) {
      c.reply("why", "", std::to_string(code) + " Some Reason");
    });
    EXPECT_EQ(last().exception, "LocustBadStatusCode(code=" + std::to_string(code) + ")");
    EXPECT_EQ(last().response_length, 3);
    EXPECT_EQ(response.status_code, code);
    EXPECT_EQ(response.text, "why");
    EXPECT_EQ(response.reason, "Some Reason");
  }
}

TEST_F(FastFailure, AcceptsTheStatusCodesThatLocustAccepts) {
  for (const int code : {200, 201, 208, 226, 301, 308}) {
    get([&](auto&, HttpConnection& c) { c.reply("", "", std::to_string(code) + " x"); });
    EXPECT_EQ(last().exception, std::nullopt) << code;
  }
}

TEST_F(FastFailure, ReportsWhatIsNoHttp) {
  get_bytes("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(last().exception, "HTTPParseError('Expected HTTP/, RTSP/ or ICE/', 8)");
  EXPECT_EQ(last().status_code, 0);
  get_bytes("HTTP/3.7 200 OK\r\n\r\n");
  EXPECT_EQ(last().exception, "HTTPParseError('Invalid HTTP version', 9)");
}

TEST_F(FastFailure, ReportsABodyThatBreaksOff) {
  for (const char* const framing :
       {"Content-Length: 100\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"}) {
    const Response response = get([&](auto&, HttpConnection& c) {
      c.send("HTTP/1.1 200 OK\r\n" + std::string(framing));
      c.close();
    });
    EXPECT_EQ(last().exception, "HTTPParseError('Incomplete response.')");
    EXPECT_EQ(response.status_code, 200);
    EXPECT_EQ(last().response_length, 0);
    EXPECT_THAT(requests, SizeIs(1));
  }
}

TEST_F(FastFailure, ReportsAHeadThatBreaksOff) {
  const Response response = get([](auto&, HttpConnection& c) {
    c.send("HTTP/1.1 200 OK\r\nA: b");
    c.close();
  });
  EXPECT_EQ(last().exception, "HTTPParseError('Invalid EOF state', 14)");
  EXPECT_EQ(response.status_code, 0);
}

TEST_F(FastFailure, ReportsUndecodableBodies) {
  const Response response =
      get([](auto&, HttpConnection& c) { c.reply("notgzip", "Content-Encoding: gzip\r\n"); });
  EXPECT_EQ(last().exception, "error('Error -3 while decompressing data: incorrect header check')");
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.error, last().exception);
}

TEST_F(FastFailure, ReportsARefusedConnection) {
  run_user([&] { session("http://127.0.0.1:1")->get("/x"); });
  EXPECT_THAT(exceptions(), ElementsAre("ConnectionRefusedError(111, 'Connection refused')"));
  EXPECT_EQ(last().name, "/x");
}

TEST_F(FastFailure, ReportsAnAnswerThatDoesNotCome) {
  clock.freeze();
  HttpServer server([this](auto&, HttpConnection& c) {
    post([this] { clock.advance(std::chrono::seconds{61}); });
    c.hold();
  });
  run_user([&] { session(server.url())->get("/x"); });
  EXPECT_EQ(last().exception, "RetriesExceeded('" + server.url() + "/x', 0, original=timed out)");
  EXPECT_EQ(last().response_time_ms, 61'000);
}

TEST_F(FastFailure, ReportsABodyThatDoesNotCome) {
  clock.freeze();
  settings.network_timeout = Seconds{5};
  HttpServer server([this](auto&, HttpConnection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
    post([this] {  // when that has been read
      add_user([this] {
        for (int i = 0; i < 100; ++i) {
          coro::this_coroutine::yield();
        }
        clock.advance(std::chrono::seconds{6});
      });
    });
    c.hold();
  });
  Response response;
  run_user([&] { response = session(server.url())->get("/x"); });
  EXPECT_THAT(exceptions(), ElementsAre("TimeoutError('timed out')"));
  EXPECT_EQ(response.status_code, 200);
}

TEST(FastFailureText, OfATimeoutSaysWhatTlsWasDoing) {
  const auto text = [](Failure::Phase phase, bool https) {
    return failure_text({.cause = Failure::Cause::kTimedOut, .phase = phase}, "u", https, "h");
  };
  EXPECT_EQ(text(Failure::Phase::kTlsHandshake, true),
            "RetriesExceeded('u', 0, original=The handshake operation timed out)");
  EXPECT_EQ(text(Failure::Phase::kResponse, true),
            "RetriesExceeded('u', 0, original=The read operation timed out)");
  EXPECT_EQ(text(Failure::Phase::kBody, true), "TimeoutError('The read operation timed out')");
  EXPECT_EQ(text(Failure::Phase::kSend, true), "RetriesExceeded('u', 0, original=timed out)");
  EXPECT_EQ(text(Failure::Phase::kBody, false), "TimeoutError('timed out')");
}

TEST_F(FastFailure, GivesUpOnEndlessRedirects) {
  HttpServer server([](auto&, HttpConnection& c) { c.reply("", "Location: /y\r\n", "302 x"); });
  Response response;
  run_user([&] { response = session(server.url())->get("/x"); });
  EXPECT_EQ(last().exception,
            "RetriesExceeded('" + server.url() + "/x', 'Redirection limit reached (30)')");
  EXPECT_EQ(response.status_code, 0);
  EXPECT_THAT(server.requests(), SizeIs(31));
}

TEST_F(FastFailure, RefusesRedirectsToOtherSchemes) {
  HttpServer server(
      [](auto&, HttpConnection& c) { c.reply("", "Location: ftp://x/\r\n", "302 x"); });
  run_user([&] { session(server.url())->get("/x"); });
  EXPECT_EQ(last().exception, "UnsupportedRedirectSchemeError('" + server.url() +
                                  "/x', \"refusing to follow redirect to 'ftp' URL\")");
}

TEST_F(FastFailure, RefusesWhatOnlyHttpUserCan) {
  HttpServer server(answer_ok);
  run_user([&] {
    const auto client = session(server.url());
    const auto refusal = [&](const RequestOptions& options) -> std::string {
      try {
        client->get("/", options);
      } catch (const std::invalid_argument& error) {
        return error.what();
      }
      return "";
    };
    EXPECT_THAT(refusal({.proxies = Proxies{}}), HasSubstr("HttpUser"));
    client->http_version = HttpVersion::kHttp2;
    EXPECT_THAT(refusal({}), HasSubstr("HTTP/2. Use HttpUser"));
  });
  EXPECT_THAT(reported, IsEmpty());
}

TEST_F(FastFailure, ReportsAProxyThatRefusesATunnel) {
  HttpServer proxy([](const HttpRequest& request, HttpConnection& c) {
    if (request.target == "locked.example:443") {
      c.reply("", "", "407 Proxy Authentication Required");
    } else if (request.target == "open.example:8443") {
      c.send("HTTP/1.1 200 Connection established\r\n\r\n");
    }
    c.close();
  });
  settings.proxy_host = "127.0.0.1";
  settings.proxy_port = proxy.port();
  run_user([&] {
    session("https://locked.example")->get("/");
    session("https://silent.example")->get("/");
    session("https://open.example:8443")->get("/");
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre(
          "RuntimeError('Proxy CONNECT failed: HTTP/1.1 407 Proxy Authentication Required "
          "(proxy authentication required?)')",
          "RuntimeError('Proxy closed the connection before answering the CONNECT request')",
          // Depends on whether the proxy closes the connection before or after our first TLS bytes.
          AnyOf(HasSubstr("EOF occurred in violation of protocol"),
                HasSubstr("Connection reset by peer"))));
  EXPECT_EQ(proxy.requests().at(0).method, "CONNECT");
}

}  // namespace
}  // namespace cppworker::http::fast
