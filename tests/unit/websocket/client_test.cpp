// The rows of a WebSocket, of users on virtual time. The server is the other end of a socketpair.

#include "websocket/client.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/json.hpp>
#include <cppworker/websocket.hpp>

#include "http/body_stream.hpp"
#include "http/call.hpp"
#include "http/http_client.hpp"
#include "http/stopped_text.hpp"
#include "net/connection.hpp"
#include "unit/user/population_fixture.hpp"
#include "unit/websocket/server_frame.hpp"
#include "websocket/handshake.hpp"

namespace cppworker::websocket {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// The server's end of the last connection.
class ServerEnd {
 public:
  ~ServerEnd() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(Opcode opcode, std::string_view payload) const {
    const std::string frame = server_frame(opcode, payload);
    EXPECT_EQ(::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL), std::ssize(frame));
  }
  void adopt(int fd) {
    close();
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

class SwitchedBody final : public http::BodyStream {
 public:
  explicit SwitchedBody(int fd) : connection_(std::make_unique<net::Connection>()) {
    connection_->adopt(fd);
  }
  bool next(std::string&) override { return false; }
  [[nodiscard]] coro::TimePoint received_at() const override { return {}; }
  std::unique_ptr<net::Connection> hand_over(std::string&) override {
    return std::move(connection_);
  }

 private:
  std::unique_ptr<net::Connection> connection_;
};

/// Accepts each handshake.
class AcceptingClient final : public http::HttpClient {
 public:
  AcceptingClient(Environment& environment_, User* user_, ServerEnd& server)
      : HttpClient(environment_, "http://127.0.0.1", user_), server_(server) {}

  Response request(const http::Call& call) override {
    EXPECT_TRUE(call.upgrade);
    if (!coro::this_coroutine::check_stop()) return {.error = std::string(http::kStoppedText)};
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()), 0);
    server_.adopt(fds[1]);
    Response response;
    response.status_code = 101;
    response.headers =
        ResponseHeaders("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                        handshake_accept(call.options.headers["Sec-WebSocket-Key"]) + "\r\n");
    response.stream = std::make_shared<SwitchedBody>(fds[0]);
    return response;
  }

 private:
  ServerEnd& server_;
};

/// A user with a WebSocket, whose only task the test gives.
class Chatter : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  static inline ServerEnd* server = nullptr;
  static inline std::function<void(Chatter&)> script;
  static inline std::function<Value::Map()> context_of_test;

  Chatter() : session_(std::make_unique<AcceptingClient>(environment(), this, *server)) {}
  void on_stop() override { PopulationTest::log.emplace_back("on_stop"); }
  [[nodiscard]] Value::Map context() override {
    return context_of_test ? context_of_test() : Value::Map{};
  }
  void connect(bool report = true) {
    socket = session_.websocket("/chat", {.name = "chat", .report = report});
  }
  void chat() { script(*this); }
  static constexpr auto tasks() { return task_list(task<&Chatter::chat>()); }

  WebSocket socket;

 private:
  HttpSession session_;
};

class WebSocketClientTest : public PopulationTest {
 protected:
  // Assertions and sanitizers use far more stack than users do.
  WebSocketClientTest() : PopulationTest(512 * coro::kKiB) {
    Chatter::server = &server;
    Chatter::script = nullptr;
    Chatter::context_of_test = nullptr;
    make_population<Chatter>();
    environment.events.request.add_listener([this](const RequestEvent& event) {
      rows.push_back(std::string(event.request_type) + " " + std::string(event.name) + " " +
                     event.exception.value_or("-"));
      contexts.push_back(event.context);
    });
  }
  ~WebSocketClientTest() override {
    stop_all();
    run_for(1s);
  }

  void start(std::function<void(Chatter&)> script) {
    Chatter::script = std::move(script);
    set_targets({{"Chatter", 1}});
    run_for(1s);
  }
  /// Calls it at the end of the connection, on the scheduler's own stack.
  void at_the_end(std::function<void()> function) {
    environment.events.request.add_listener(
        [this, function = std::move(function)](const RequestEvent& event) {
          if (event.request_type != "WS close") return;
          EXPECT_EQ(scheduler.running(), nullptr);
          function();
        });
  }
  [[nodiscard]] std::int64_t users() const { return population->counts().at("Chatter"); }

  ServerEnd server;
  std::vector<std::string> rows;
  std::vector<Value> contexts;
};

TEST_F(WebSocketClientTest, RowsHaveTheContextOfTheUser) {
  Chatter::context_of_test = [] { return Value::Map{{"shop", "north"}, {"code", "lost"}}; };
  start([&](Chatter& user) {
    user.connect();
    user.socket.send("hello");
    server.send(Opcode::kText, "news");
    user.socket.receive();
  });
  server.send(Opcode::kClose, "\x03\xE8");
  run_for(1s);
  EXPECT_THAT(rows, ElementsAre("WS chat -", "WSS chat -", "WSR chat -", "WS close chat -"));
  for (const Value& context : contexts) EXPECT_EQ(context["shop"].get<std::string>(), "north");
  EXPECT_EQ(contexts.back()["code"].get<int>(), 1000) << "that of the row has precedence";
}

TEST_F(WebSocketClientTest, AnExceptionOfContextAtTheEndIsAnErrorOfTheUser) {
  start([](Chatter& user) { user.connect(); });
  Chatter::context_of_test = []() -> Value::Map { throw std::runtime_error("no context"); };
  server.send(Opcode::kClose, "\x03\xE8");
  run_for(1s);
  EXPECT_THAT(rows, ElementsAre("WS chat -", "WS close chat -")) << "it is counted";
  EXPECT_EQ(contexts.back()["code"].get<int>(), 1000);
  ASSERT_THAT(user_errors, SizeIs(1));
  EXPECT_THAT(user_errors[0].first, HasSubstr("no context"));
  EXPECT_EQ(users(), 1);
}

TEST_F(WebSocketClientTest, AListenerMayStopTheUserWhenTheServerEndsTheConnection) {
  at_the_end([] { throw StopUser{}; });
  start([](Chatter& user) { user.connect(); });
  EXPECT_EQ(users(), 1);
  server.close();
  run_for(1s);
  EXPECT_THAT(rows, ElementsAre("WS chat -", "WS close chat WebSocketClosed(1006)"));
  EXPECT_THAT(log, ElementsAre("on_stop"));
  EXPECT_EQ(users(), 0);
  EXPECT_THAT(user_errors, IsEmpty());
}

TEST_F(WebSocketClientTest, AListenerMayStopAUserThatWaitsForAMessage) {
  at_the_end([] { throw StopTest{}; });
  bool returned = false;
  start([&](Chatter& user) {
    user.connect();
    server.close();
    user.socket.receive(100s);
    returned = true;
  });
  EXPECT_FALSE(returned);
  EXPECT_EQ(users(), 0);
}

TEST_F(WebSocketClientTest, OtherControlFlowOfAListenerIsAnErrorOfTheUser) {
  at_the_end([] { throw RescheduleTask{}; });
  start([](Chatter& user) { user.connect(); });
  server.close();
  run_for(1s);
  EXPECT_THAT(user_errors, SizeIs(1));
  EXPECT_EQ(users(), 1);
}

TEST_F(WebSocketClientTest, StopUserInOnMessageEndsTheUser) {
  start([](Chatter& user) {
    user.connect();
    user.socket.on_message([](const WebSocketMessage&) { throw StopUser{}; });
  });
  server.send(Opcode::kText, "bye");
  run_for(1s);
  EXPECT_THAT(log, ElementsAre("on_stop"));
  EXPECT_THAT(user_errors, IsEmpty());
}

TEST_F(WebSocketClientTest, AListenerMayDropTheWebSocketWhenItEnds) {
  Chatter* dropping = nullptr;
  at_the_end([&] { dropping->socket = WebSocket(); });
  start([&](Chatter& user) {
    dropping = &user;
    user.connect();
  });
  server.close();
  run_for(5s);
  EXPECT_FALSE(dropping->socket.is_open());
  EXPECT_EQ(dropping->socket.error(), "WebSocketError('not connected')");
  EXPECT_THAT(rows, SizeIs(2));
}

TEST_F(WebSocketClientTest, CloseInOnMessageThrowsAndHidesNoFailure) {
  start([](Chatter& user) {
    user.connect();
    user.socket.on_message([&user](const WebSocketMessage&) {
      EXPECT_THROW(user.socket.close(), std::logic_error);
      EXPECT_THROW(user.socket.receive(), std::logic_error);
      EXPECT_THROW(user.socket.request("x"), std::logic_error);
    });
  });
  server.send(Opcode::kText, "news");
  run_for(1s);
  server.send(Opcode::kClose, "\x03\xF3");
  run_for(1s);
  EXPECT_THAT(user_errors, IsEmpty());
  EXPECT_THAT(rows, ElementsAre("WS chat -", "WS close chat WebSocketClosed(1011)"));
}

TEST_F(WebSocketClientTest, ACloseFrameOfTheServerThatCrossesOursCounts) {
  start([&](Chatter& user) {
    user.connect();
    server.send(Opcode::kClose, "\x03\xF3no room");
    user.socket.close();
    EXPECT_EQ(user.socket.error(), "WebSocketClosed(1011, 'no room')");
    user.connect();
    server.send(Opcode::kClose, "\x0B\xB8");
    user.socket.close(3000, "done");
    EXPECT_EQ(user.socket.error(), "");
  });
  EXPECT_THAT(rows, ElementsAre("WS chat -", "WS close chat WebSocketClosed(1011, 'no room')",
                                "WS chat -", "WS close chat -"));
}

TEST_F(WebSocketClientTest, WithoutReportThereAreNoRows) {
  std::vector<std::string> received;
  start([&](Chatter& user) {
    user.connect(false);
    EXPECT_TRUE(user.socket.send("hello"));
    server.send(Opcode::kText, "news");
    received.push_back(user.socket.receive().text);
    server.send(Opcode::kText, "answer");
    received.push_back(user.socket.request("ask").text);
    received.push_back(user.socket.receive(1ms).error);
    server.send(Opcode::kClose, "\x03\xF3no room");
    user.socket.wait_closed();
    received.push_back(user.socket.error());
    user.connect(false);
    user.socket.request("ask");
  });
  stop_all();
  run_for(1s);
  EXPECT_THAT(received, ElementsAre("news", "answer", "WebSocketTimeout('no message')",
                                    "WebSocketClosed(1011, 'no room')"));
  EXPECT_THAT(rows, IsEmpty());
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

TEST_F(WebSocketClientTest, ACheckThatIsStoppedWithoutAVerdictIsCutOff) {
  start([&](Chatter& user) {
    user.connect();
    server.send(Opcode::kText, "answer");
    user.socket.request("ask", {.name = "ask"}, [](CatchMessage&) { sleep_for(100s); });
  });
  stop_all();
  run_for(1s);
  EXPECT_THAT(rows, ElementsAre("WS chat -"));
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("WSC ask", 1)));
}

TEST_F(WebSocketClientTest, ACloseThatIsStoppedIsCutOff) {
  start([](Chatter& user) {
    user.connect();
    user.socket.close(1000, "", 100s);
  });
  stop_all();
  run_for(1s);
  EXPECT_THAT(rows, ElementsAre("WS chat -"));
  EXPECT_THAT(shard.cut_off_requests, ElementsAre(Pair("WS close chat", 1)));
}

/// Does something when its block is left.
struct AtExit {
  std::function<void()> function;
  ~AtExit() { function(); }
};

TEST_F(WebSocketClientTest, AStoppedUserThatUnwindsMakesNoRows) {
  std::vector<std::string> errors;
  start([&](Chatter& user) {
    user.connect();
    const AtExit at_exit{[&] {
      errors.push_back(user.socket.request("x").error);
      errors.push_back(user.socket.receive().error);
      user.connect();
      errors.push_back(user.socket.error());
      EXPECT_FALSE(user.socket.send("x"));
      errors.push_back(user.socket.receive().error);
    }};
    sleep_for(100s);
  });
  stop_all();
  run_for(1s);
  EXPECT_THAT(errors, ElementsAre("StopUser()", "StopUser()", "StopUser()", "StopUser()"));
  EXPECT_THAT(rows, ElementsAre("WS chat -"));
  EXPECT_THAT(shard.cut_off_requests, IsEmpty());
}

TEST_F(WebSocketClientTest, AListenerOfTheHandshakeMayStopTheUser) {
  environment.events.request.add_listener([](const RequestEvent&) { throw StopUser{}; });
  start([](Chatter& user) { user.connect(); });
  EXPECT_THAT(log, ElementsAre("on_stop"));
  EXPECT_THAT(rows, ElementsAre("WS chat -"));
}

}  // namespace
}  // namespace cppworker::websocket
