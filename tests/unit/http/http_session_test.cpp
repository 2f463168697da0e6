#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

using HttpSessionTest = UserFixture;
using HttpUserSession = HttpFixture;

/// The request as the server saw it.
void echo(const HttpRequest& request, HttpConnection& connection) {
  connection.reply(request.method + " " + request.target + "\n" + request.head + "\n" +
                   request.body);
}

TEST_P(HttpSessionTest, ReportsARequestUnderItsPathAndQuery) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/a b?c=1#part");
    EXPECT_EQ(response.status_code, 200);
    EXPECT_TRUE(response.ok());
    EXPECT_EQ(response.text, "ok");
    EXPECT_EQ(response.headers["content-length"], "2");
    EXPECT_EQ(response.url, server.url() + "/a%20b?c=1#part");
    EXPECT_EQ(response.elapsed.count(), last().response_time_ms);
  });
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(last().request_type, "GET");
  EXPECT_EQ(last().name, by_user("/a%20b?c=1", "/a b?c=1#part"));
  EXPECT_EQ(last().response_length, 2);
  EXPECT_EQ(last().exception, std::nullopt);
  EXPECT_EQ(last().url, server.url() + by_user("/a%20b?c=1#part", "/a b?c=1#part"));
  EXPECT_EQ(server.requests().at(0).target, "/a%20b?c=1");
}

TEST_P(HttpSessionTest, GroupsRequestsByTheirName) {
  HttpServer server(
      [](const HttpRequest&, HttpConnection& c) { c.reply("no", {}, "404 Not Found"); });
  run_user([&] {
    Session client(environment, server.url());
    client.get("/item?id=1", {.name = "/item?id=[id]"});
  });
  EXPECT_EQ(last().name, "/item?id=[id]");
  EXPECT_EQ(last().exception,
            by_user("HTTPError('404 Client Error: Not Found for url: /item?id=[id]')",
                    "LocustBadStatusCode(code=404)"));
}

TEST_F(HttpUserSession, SendsWhatRequestsSends) {
  HttpServer server(echo);
  run_user([&] {
    HttpSession client(environment, server.url());
    const std::string text = client.get("/x").text;
    EXPECT_THAT(text, HasSubstr("GET /x\n"));
    EXPECT_THAT(text, HasSubstr("User-Agent: cpp-worker/"));
    EXPECT_THAT(text, HasSubstr("Accept-Encoding: gzip, deflate, br\r\n"));
    EXPECT_THAT(text, HasSubstr("Accept: */*\r\n"));
    EXPECT_THAT(text, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("Content-")));
  });
}

TEST_P(HttpSessionTest, RefusesAThreadThatIsNotTheUsers) {
  const auto refusal = [](const std::function<void()>& use) {
    std::string text;
    std::thread([&] {
      try {
        use();
      } catch (const std::logic_error& error) {
        text = error.what();
      }
    }).join();
    return text;
  };
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THAT(refusal([&] { client.get("/x"); }),
                StartsWith("A method of client() was called on a thread that is not the user's"));
    EXPECT_THAT(refusal([&] { const Session other(environment, server.url()); }),
                StartsWith("client() was called on a thread that is not the user's"));
  });
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_P(HttpSessionTest, KeepsOptionsForManyRequests) {
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, server.url());
    const auto make = [](const std::string& name) {
      return RequestOptions{.name = "/a-name-too-long-for-a-short-string/" + name,
                            .json = to_json(Value::Map{{"text", "long enough for the heap"}})};
    };
    const RequestOptions options = make("x");
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(client.post("/x", options).text,
                  HasSubstr(R"({"text": "long enough for the heap"})"));
      EXPECT_EQ(last().name, "/a-name-too-long-for-a-short-string/x");
    }
  });
}

TEST_P(HttpSessionTest, HeadersOfATemporaryAreCopies) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) { connection.reply("ok"); });
  run_user([&] {
    Session client(environment, server.url());
    const auto length = client.get("/x").headers["Content-Length"];
    const auto lines = client.get("/x").headers.lines();
    std::string names;
    for (const auto& [name, value] : client.get("/x").headers.items()) names += name + " ";
    EXPECT_EQ(length, "2");
    EXPECT_THAT(lines, HasSubstr("Content-Length: 2\r\n"));
    EXPECT_THAT(names, HasSubstr("Content-Length "));
  });
}

TEST_P(HttpSessionTest, SendsBodiesWithAnyMethod) {
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, server.url());
    for (const std::string_view method :
         {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "X"}) {
      const std::string text = client.request(method, "/x", {.data = {"a\0b", 3}}).text;
      EXPECT_THAT(text, HasSubstr(std::string(method) + " /x\n"));
      EXPECT_THAT(
          text, HasSubstr(GetParam() == Users::kHttp ? "Content-Length: 3\r\n"
                                                     : "content-type: text/plain; charset=utf-8\r\n"
                                                       "content-length: 3\r\n"));
      EXPECT_EQ(text.find("Content-Type"), std::string::npos);
      EXPECT_EQ(text.substr(text.size() - 3), std::string_view("a\0b", 3));
    }
    const std::string json = client.post("/x", {.json = R"({"a": 1})"}).text;
    EXPECT_THAT(json, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(json, HasSubstr(R"({"a": 1})"));
    EXPECT_THAT(client.post("/x").text, HasSubstr("Content-Length: 0\r\n"));
    EXPECT_THAT(client.get("/x").text, Not(HasSubstr("Content-Length")));
  });
}

TEST_P(HttpSessionTest, DoesNotAskWhetherALargeBodyIsWelcome) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    EXPECT_EQ(request.header("Expect"), "");
    connection.reply(std::to_string(request.body.size()));
  });
  run_user([&] {
    Session client(environment, server.url());
    const std::string body(3'000'000, 'x');
    EXPECT_EQ(client.post("/x", {.data = body}).text, "3000000");
    EXPECT_EQ(client.post("/x", {.data = body, .headers = {{"X-Mine", "1"}}}).text, "3000000");
  });
}

TEST_P(HttpSessionTest, CountsMethodsAsTheyAreWrittenButSendsUpperCase) {
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_THAT(client.request("get", "/x").text, HasSubstr("GET /x\n"));
  });
  EXPECT_EQ(last().request_type, "get");
}

TEST_P(HttpSessionTest, LetsTheAuthorsHeadersWin) {
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, server.url());
    const std::string text =
        client.post("/x", {.data = "a", .headers = {{"user-agent", "me"}, {"Content-Type", "x/y"}}})
            .text;
    EXPECT_THAT(text, HasSubstr("user-agent: me\r\n"));
    EXPECT_THAT(text, HasSubstr("Content-Type: x/y\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("cpp-worker/")));
  });
}

TEST_F(HttpUserSession, DoesNotSendHeadersThatWouldForgeAnother) {
  HttpServer server(answer_ok);
  run_user([&] {
    HttpSession client(environment, server.url());
    const Response response = client.get("/a b", {.headers = {{"X", "a\r\nEvil: 1"}}});
    EXPECT_EQ(response.status_code, 0);
    EXPECT_THAT(response.error, HasSubstr("InvalidHeader("));
  });
  EXPECT_EQ(last().name, "/a b") << "Python has prepared no request yet";
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_P(HttpSessionTest, ReadsNoBodyAfterHead) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.head("/x");
    EXPECT_EQ(response.text, "");
    EXPECT_EQ(response.headers["Content-Length"], "2");
    EXPECT_EQ(client.get("/x").text, "ok");
  });
  EXPECT_EQ(reported.at(0).response_length, 0);
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(HttpSessionTest, KeepsOneConnectionPerSession) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    for (int i = 0; i < 10; ++i) {
      client.get("/x");
    }
  });
  EXPECT_THAT(server.requests(), SizeIs(10));
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(HttpSessionTest, TakesBasicAuthFromTheHost) {
  HttpServer server(echo);
  run_user([&] {
    Session client(environment, "http://user:p%77@127.0.0.1:" + std::to_string(server.port()));
    const Response response = client.get("/x");
    EXPECT_THAT(response.text, HasSubstr("Authorization: Basic dXNlcjpwdw==\r\n"));
    EXPECT_EQ(response.url, server.url() + "/x");
  });
}

TEST_P(HttpSessionTest, DecodesCompressedBodies) {
  const std::string_view gzip_of_hello(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00"
      "\x00\x00",
      25);
  HttpServer server([&](const HttpRequest&, HttpConnection& connection) {
    connection.reply(gzip_of_hello, "Content-Encoding: gzip\r\n");
  });
  run_user([&] {
    Session client(environment, server.url());
    EXPECT_EQ(client.get("/x").text, "hello");
  });
  EXPECT_EQ(last().response_length, 5);
}

TEST_F(HttpUserSession, HandsOutWhatItCannotDecode) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    connection.reply("hello", request.target == "/odd" ? "Content-Encoding: foo\r\n" : "");
  });
  run_user([&] {
    HttpSession client(environment, server.url());
    EXPECT_EQ(client.get("/odd").text, "hello");
    EXPECT_EQ(client.get("/plain").text, "hello");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", ""));
}

TEST_P(HttpSessionTest, MeasuresFractionsOfAMillisecondAndTheBodyToo) {
  HttpServer server([this](const HttpRequest&, HttpConnection& connection) {
    clock.advance(300us);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    connection.hold();
    clock.advance(7ms);
    connection.send("ok");
  });
  clock.freeze();
  server.release();
  run_user([&] {
    Session client(environment, server.url());
    client.get("/x");
  });
  EXPECT_NEAR(last().response_time_ms, 7.3, 1e-6);
}

TEST_P(HttpSessionTest, RefusesRequestsOutsideOfCoroutines) {
  Session client(environment, "http://127.0.0.1:1");
  EXPECT_THROW(client.get("/"), Error);
}

TEST_P(HttpSessionTest, ThrowsForUrlsThatAreNone) {
  run_user([&] {
    Session client(environment, "shop.example");
    EXPECT_THROW(client.get("/"), MissingSchema);
    EXPECT_THROW(client.get("ftp://shop.example/"), InvalidSchema);
  });
  EXPECT_THAT(reported, IsEmpty());
}

TEST_P(HttpSessionTest, ServesManyUsersAtOnce) {
  constexpr std::size_t kUsers = 200;
  HttpServer server(echo);
  for (std::size_t i = 0; i < kUsers; ++i) {
    add_user([&, i] {
      Session client(environment, server.url());
      for (int k = 0; k < 5; ++k) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(k);
        const std::string body(i, 'x');
        const std::string text = client.post(path, {.data = body}).text;
        EXPECT_THAT(text, HasSubstr("POST " + path + "\n"));
        EXPECT_TRUE(text.ends_with("\n" + body));
      }
    });
  }
  run();
  EXPECT_THAT(reported, SizeIs(kUsers * 5));
  EXPECT_EQ(std::ranges::count(exceptions(), ""), kUsers * 5);
  EXPECT_EQ(server.connections(), kUsers);
}

INSTANTIATE_TEST_SUITE_P(Of, HttpSessionTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
