#include <cmath>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include <cppworker/events.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/server_events.hpp>
#include <cppworker/user.hpp>

#include "http_fixture.hpp"

namespace cppworker::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kEventStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: "
    "close\r\n\r\n";

class ServerEventsTest : public UserFixture {
 protected:
  /// "type name time length failure" of each row after that of the request.
  [[nodiscard]] std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    for (std::size_t i = 1; i < reported.size(); ++i) {
      const Reported& row = reported[i];
      rows.push_back(row.request_type + " " + row.name + " " +
                     std::to_string(std::lround(row.response_time_ms)) + " " +
                     std::to_string(row.response_length) + " " + row.exception.value_or("-"));
    }
    return rows;
  }
};

/// Sends each text when the test has released it. @param then called after the last one
HttpServer::Handler sends(std::vector<std::string> pieces, std::string head = kEventStreamHead,
                          std::function<void()> then = {}) {
  return [pieces = std::move(pieces), head = std::move(head), then = std::move(then)](
             const HttpRequest&, HttpConnection& connection) {
    connection.send(head);
    for (const std::string& piece : pieces) {
      connection.hold();
      connection.send(piece);
    }
    if (then) then();
    connection.hold();
    connection.close();
  };
}

TEST_P(ServerEventsTest, MeasuresTheFirstEventTheGapsAndTheWhole) {
  // The last release() is for the end.
  HttpServer server(sends({"data: one\n\n", "event: add\ndata: two", "2\n\n", "data: three\n\n"}));
  clock.freeze();
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/chat", {.stream = true});
    clock.advance(50ms);
    server.release();
    std::vector<std::string> events;
    for (const ServerEvent& event : sse(response)) {
      events.push_back(event.event + " " + event.data + " " +
                       std::to_string(std::lround(event.elapsed.count())));
      clock.advance(20ms);
      server.release();
      if (event.data == "one") server.release();
    }
    EXPECT_THAT(events, ElementsAre("message one 50", "add two2 70", "message three 90"));
  });
  EXPECT_THAT(rows(), ElementsAre("SSE first event /chat 50 3 -", "SSE event /chat 20 4 -",
                                  "SSE event /chat 20 5 -", "SSE /chat 110 12 -"));
}

TEST_P(ServerEventsTest, TheTimeOfAnEventIsThatOfItsArrivalAlsoIfNobodyReads) {
  std::promise<void> sent;
  HttpServer server([&](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/chat") {
      return sends({"data: one\n\n", "data: two\n\n"}, kEventStreamHead, [&] { sent.set_value(); })(
          request, connection);
    }
    sent.get_future().wait();
    connection.reply("ok");
  });
  clock.freeze();
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/chat", {.stream = true});
    server.release();
    std::vector<long> times;
    for (const ServerEvent& event : sse(response, {.gaps = false})) {
      times.push_back(std::lround(event.elapsed.count()));
      if (event.data == "one") {
        clock.advance(30ms);
        server.release();
        client.get("/when_two_is_sent");
        clock.advance(1s);
        server.release();
      }
    }
    EXPECT_THAT(times, ElementsAre(0, 30));
  });
}

TEST_P(ServerEventsTest, TheWholeEndsWhenTheEndArrivesAlsoIfNobodyReads) {
  std::promise<void> closed;
  HttpServer server([&](const HttpRequest& request, HttpConnection& connection) {
    if (request.target == "/chat") {
      connection.send(std::string(kEventStreamHead) + "data: one\n\n");
      connection.hold();
      connection.close();
      closed.set_value();
      return;
    }
    closed.get_future().wait();
    connection.reply("ok");
  });
  clock.freeze();
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/chat", {.stream = true});
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
      clock.advance(30ms);
      server.release();
      client.get("/when_it_has_ended");
      clock.advance(1s);
    }
  });
  EXPECT_EQ(rows().back(), "SSE /chat 30 3 -");
}

TEST_P(ServerEventsTest, OptionsNameTheRowsAndOmitTheGaps) {
  HttpServer server(sends({"data: 1\n\ndata: 2\n\n"}));
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/chat", {.name = "ignored", .stream = true});
    server.release();
    server.release();
    int events = 0;
    for ([[maybe_unused]] const ServerEvent& event :
         sse(response, {.name = "chat", .gaps = false})) {
      ++events;
    }
    EXPECT_EQ(events, 2);
  });
  ASSERT_EQ(rows().size(), 2);
  EXPECT_THAT(rows()[0], HasSubstr("SSE first event chat "));
  EXPECT_THAT(rows()[1], HasSubstr("SSE chat "));
}

TEST_P(ServerEventsTest, ALoopThatIsLeftEndsWithItsLastEvent) {
  HttpServer server(sends({"data: 1\n\ndata: [DONE]\n\n"}));
  clock.freeze();
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    clock.advance(10ms);
    server.release();
    for (const ServerEvent& event : sse(response)) {
      if (event.data == "[DONE]") break;
    }
  });
  EXPECT_THAT(rows(), ElementsAre("SSE first event chat 10 1 -", "SSE event chat 0 6 -",
                                  "SSE chat 10 7 -"));
}

TEST_P(ServerEventsTest, AStreamThatBreaksOffIsAFailureAndThrowsNothing) {
  HttpServer server(sends({"data: 1\n\n"},
                          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                          "Content-Length: 100\r\n\r\n"));
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    server.release();
    server.release();
    ServerEvents events = sse(response);
    int count = 0;
    for ([[maybe_unused]] const ServerEvent& event : events) ++count;
    EXPECT_EQ(count, 1);
    EXPECT_THAT(events.error(), HasSubstr(by_user("IncompleteRead", "Incomplete response")));
  });
  EXPECT_THAT(rows().back(), HasSubstr(by_user("IncompleteRead", "Incomplete response")));
}

TEST_P(ServerEventsTest, AnotherContentTypeIsAFailure) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
      ADD_FAILURE() << "no event";
    }
  });
  EXPECT_THAT(
      exceptions(),
      ElementsAre("", "ServerEventError('Content-Type is missing, not text/event-stream')"));
}

TEST_P(ServerEventsTest, AnEventBeyondTheLimitIsAFailure) {
  HttpServer server(sends({"data: 1\n\ndata: 0123456789\n\n"}));
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    server.release();
    for (const ServerEvent& event : sse(response, {.event_size_max = 10})) {
      EXPECT_EQ(event.data, "1");
    }
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("", "", "ServerEventError('an event is larger than the limit')"));
}

TEST_P(ServerEventsTest, AFailedRequestHasNoFurtherRows) {
  HttpServer server([](const HttpRequest&, HttpConnection& connection) {
    connection.reply("data: 1\n\n", "Content-Type: text/event-stream\r\n", "503 Busy");
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
      ADD_FAILURE() << "no event";
    }
  });
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_P(ServerEventsTest, TheAuthorMayMakeTheWholeAFailure) {
  HttpServer server(sends({"data: 1\n\n"}));
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.stream = true});
    server.release();
    server.release();
    ServerEvents events = sse(response);
    for ([[maybe_unused]] const ServerEvent& event : events) {
    }
    events.failure("no [DONE]");
  });
  EXPECT_THAT(exceptions(), ElementsAre("", "", "CatchResponseError('no [DONE]')"));
}

TEST_P(ServerEventsTest, AStoppedUserIsCountedAsCutOff) {
  HttpServer server(sends({"data: 1\n\n"}));
  coro::Coroutine& user = add_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    server.release();
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
      coro::Coroutine* const self = scheduler.running();
      post([self] { self->request_stop(); });
    }
  });
  static_cast<void>(user);
  run();
  EXPECT_EQ(reported.back().request_type, "SSE first event");
  EXPECT_EQ(shard.cut_off_requests.at("SSE chat"), 1);
}

TEST_P(ServerEventsTest, AStoppedUserThatUnwindsMakesNoRow) {
  struct ReadAtExit {
    const Response& response;
    ~ReadAtExit() {
      ServerEvents events = sse(response);
      for ([[maybe_unused]] const ServerEvent& event : events) ADD_FAILURE() << "no event";
      EXPECT_EQ(events.error(), "StopUser()");
    }
  };
  HttpServer server(sends({"data: 1\n\n"}));
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    const ReadAtExit read{response};
    coro::Coroutine* const self = scheduler.running();
    post([self] { self->request_stop(); });
    coro::this_coroutine::suspend();
  });
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("SSE chat", 1)));
}

TEST_P(ServerEventsTest, AnExceptionThatLeavesTheLoopIsAFailure) {
  HttpServer server(sends({"data: 1\n\n"}));
  environment.events.request.add_listener([](const RequestEvent& event) {
    if (event.request_type == "SSE") throw RescheduleTask{};  // while another exception unwinds
  });
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/", {.name = "chat", .stream = true});
    server.release();
    const auto read = [&] {
      for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
        throw std::runtime_error("not expected");
      }
    };
    EXPECT_THROW(read(), std::runtime_error);
  });
  EXPECT_THAT(exceptions(),
              ElementsAre("", "", "ServerEventError('an exception has left the loop')"));
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

TEST_P(ServerEventsTest, RowsHaveTheContextOfTheUser) {
  class Shopper : public User {
    [[nodiscard]] Value::Map context() override { return {{"shop", "north"}}; }
  };
  std::vector<std::string> shops;
  environment.events.request.add_listener([&](const RequestEvent& event) {
    shops.push_back(std::string(event.request_type) + " " + event.context.get("shop", "none"));
  });
  HttpServer server(sends({"data: 1\n\n", "data: 2\n\n"}));
  run_user([&] {
    Shopper user;
    Session client(environment, server.url(), &user);
    const Response response = client.get("/", {.stream = true});
    for (int i = 0; i < 3; ++i) server.release();
    for ([[maybe_unused]] const ServerEvent& event : sse(response)) {
    }
  });
  EXPECT_THAT(shops,
              ElementsAre("GET north", "SSE first event north", "SSE event north", "SSE north"));
}

TEST_P(ServerEventsTest, NeedsAStreamedResponse) {
  HttpServer server(answer_ok);
  run_user([&] {
    Session client(environment, server.url());
    const Response response = client.get("/");
    EXPECT_THROW(sse(response), std::invalid_argument);
  });
}

INSTANTIATE_TEST_SUITE_P(Of, ServerEventsTest, kBothUsers, name_of_user);

}  // namespace
}  // namespace cppworker::http
