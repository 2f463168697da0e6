#include <optional>
#include <string>
#include <vector>

#include <cppworker/http_session.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using StreamingTest = UserFixture;

constexpr const char* kHead = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";

std::vector<std::string> lines_of(const Response& response) {
  std::vector<std::string> lines;
  for (const std::string_view line : response.iter_lines()) {
    lines.emplace_back(line);
  }
  return lines;
}

TEST_P(StreamingTest, ReturnsWithTheHeadAndReportsTheDeclaredLength) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send(kHead);
    connection.hold();
    connection.send("one\ntwo\r\nthree\nfour\n");
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    EXPECT_EQ(response.status_code, 200);
    EXPECT_EQ(response.text, "");
    EXPECT_EQ(last().response_length, 20);
    server.release();
    EXPECT_THAT(lines_of(response), ElementsAre("one", "two", "three", "four"));
    EXPECT_THAT(lines_of(response), ElementsAre()) << "each piece can be had once";
  });
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(StreamingTest, GivesThePiecesAsTheyCome) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send(kHead);
    for (const char* piece : {"0123456789", "abcdefghij"}) {
      connection.hold();
      connection.send(piece);
    }
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    std::vector<std::string> pieces;
    server.release();
    for (const std::string_view piece : response.iter_content()) {
      pieces.emplace_back(piece);
      server.release();
    }
    EXPECT_THAT(pieces, ElementsAre("0123456789", "abcdefghij"));
    EXPECT_EQ(client.get("/", {.stream = true}).status_code, 200);
  });
}

TEST_P(StreamingTest, KeepsTheConnectionOfABodyThatWasReadAndClosesTheOther) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(lines_of(client.get("/", {.stream = true})), ElementsAre("ok"));
    }
  });
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(StreamingTest, HoldsBackAServerThatIsFasterThanTheReader) {
  const std::string body(8'000'000, 'x');
  HttpServer server(
      [&](const HttpRequest&, HttpConnection& connection) { connection.reply(body); });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    std::size_t size = 0;
    std::size_t largest = 0;
    for (const std::string_view piece : response.iter_content()) {
      size += piece.size();
      largest = std::max(largest, piece.size());
    }
    EXPECT_EQ(size, body.size());
    EXPECT_LT(largest, 1'000'000);
  });
}

TEST_P(StreamingTest, ThrowsWhenTheBodyBreaksOff) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send(std::string(kHead) + "half");
    connection.close();
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    std::string text;
    try {
      for (const std::string_view piece : response.iter_content()) {
        text += piece;
      }
      ADD_FAILURE() << "the body was cut";
    } catch (const StreamError& error) {
      EXPECT_THAT(error.what(), HasSubstr(by_user("IncompleteRead(4 bytes read, 16 more expected)",
                                                  "HTTPParseError('Incomplete response.')")));
    }
    EXPECT_EQ(text, "half");
  });
  EXPECT_THAT(exceptions(), ElementsAre("")) << "the request itself was a success";
}

TEST_P(StreamingTest, ABodyThatBrokeOffIsAtItsEnd) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.hold();
    connection.send("zz\r\n");
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    server.release();
    EXPECT_THROW(lines_of(response), StreamError);
    server.wait_for_closed(1);  // though the response is still there
    EXPECT_THAT(lines_of(response), ElementsAre());
  });
}

TEST_P(StreamingTest, FollowsRedirectsFirst) {
  HttpServer server([](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/old") {
      connection.reply("moved", "Location: /new\r\n", "302 Found");
    } else {
      connection.reply("there");
    }
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/old", {.stream = true});
    EXPECT_EQ(response.history.at(0).text, "moved");
    EXPECT_THAT(lines_of(response), ElementsAre("there"));
  });
}

TEST_P(StreamingTest, TimesOutOnlyWhileSomebodyReads) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send(kHead);
    connection.hold();
  });
  clock.freeze();
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.timeout = 1s, .stream = true});
    clock.advance(1h);
    post([this] { post([this] { clock.advance(2s); }); });
    EXPECT_THROW(lines_of(response), StreamError);
  });
}

TEST_P(StreamingTest, AResponseMayOutliveItsSession) {
  HttpServer server(answer_ok);
  std::optional<Response> kept;
  run_user([&] {
    {
      Session client(environment, server.url());
      kept = client.get("/", {.stream = true});
    }
    EXPECT_THAT(lines_of(*kept), ElementsAre("ok"));
  });
}

TEST_P(StreamingTest, AStoppedUserLeavesTheBody) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) { connection.send(kHead); });
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    lines_of(response);
    ADD_FAILURE() << "it was stopped";
  });
  environment.events.request.add_listener(
      [&](const RequestEvent&) { scheduler.post([&user] { user.request_stop(); }); });
  run();
  server.wait_for_closed(1);
}

TEST_P(StreamingTest, ABodyCanBeReadAfterItsReaderWasStopped) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.send(kHead);
    connection.hold();
    connection.send("one\ntwo\r\nthree\nfour\n");
  });
  coro::Coroutine* self = nullptr;
  coro::Coroutine& reader = add_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    EXPECT_THROW(lines_of(response), StopUser);
    self->clear_stop();
    server.release();
    const coro::TimePoint due = clock.now() + 50ms;
    EXPECT_TRUE(coro::this_coroutine::suspend(due));
    EXPECT_GE(clock.now(), due) << "the body does not resume a coroutine that no longer reads it";
    EXPECT_THAT(lines_of(response), ElementsAre("one", "two", "three", "four"));
  });
  self = &reader;
  environment.events.request.add_listener(
      [&](const RequestEvent&) { scheduler.post([&reader] { reader.request_stop(); }); });
  run();
}

TEST_P(StreamingTest, LinesOfAWholeBodyAreTheSame) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("one\r\n\r\nthree\rfour");
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/");
    EXPECT_THAT(lines_of(response), ElementsAre("one", "", "three", "four"));
    EXPECT_THAT(lines_of(response), ElementsAre("one", "", "three", "four"));
  });
}

INSTANTIATE_TEST_SUITE_P(Of, StreamingTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
