// WebSockets against support/chat_server.py and the Autobahn test suite. The environment variables
// say what a user does.

#include <cstdint>
#include <string>
#include <thread>

#include <cppworker/locust.hpp>
#include <cppworker/websocket.hpp>

using namespace cppworker;

namespace {

const std::string path = env("WS_PATH", "/echo");
const int echoes = env("WS_ECHOES", 10);
const int size = env("WS_SIZE", 100);
const bool compression = env("WS_COMPRESSION", 0) != 0;
const std::string command = env("WS_COMMAND", "");  // after the echoes

/// A text that shows a lost or doubled part.
std::string pattern(int number) {
  std::string text = std::to_string(number) + ":";
  for (int i = 0; std::ssize(text) < size; ++i) text += std::to_string(i * 7 % 1009) + "ü";
  return text;
}

template <class Base>
struct Echo : Base {
  inline static const int iterations = env("WS_ITERATIONS", 1);

  void run() {
    WebSocket socket = this->client().websocket(
        path, {.name = "socket", .timeout = 10s, .compression = compression});
    for (int i = 0; i < echoes && socket.is_open(); ++i) {
      const std::string text = pattern(i);
      socket.request(text, {.name = "echo", .binary = i % 2 == 1}, [&](CatchMessage& answer) {
        if (answer && (answer.text != text || answer.binary != (i % 2 == 1))) {
          answer.failure("another text");
        }
      });
    }
    if (!command.empty()) {
      socket.send(command, {.name = "command"});
      socket.receive(10s, {.name = "after"});
    }
    socket.close(1000, "bye");
  }
};

}  // namespace

struct HttpEcho : Echo<HttpUser> {
  static constexpr auto tasks() { return task_list(task<&HttpEcho::run>()); }
};

struct FastEcho : Echo<FastHttpUser> {
  static constexpr auto tasks() { return task_list(task<&FastEcho::run>()); }
};

/// Echoes what the server of the test suite sends, in each of its cases.
struct Autobahn : FastHttpUser {
  static constexpr int iterations = 1;

  void run() {
    WebSocket counter = client().websocket("/getCaseCount", {.name = "count"});
    const int cases = std::stoi(counter.receive(10s, {.name = "count"}).text);
    for (int number = 1; number <= cases; ++number) {
      WebSocket socket = client().websocket(
          "/runCase?case=" + std::to_string(number) + "&agent=cpp-worker",
          {.name = "case", .compression = true, .server_context_takeover = true});
      socket.on_message([&](const WebSocketMessage& message) {
        socket.send(message.text, {.name = "case", .binary = message.binary});
      });
      socket.wait_closed();
    }
    WebSocket last = client().websocket("/updateReports?agent=cpp-worker", {.name = "reports"});
    last.wait_closed();
  }

  static constexpr auto tasks() { return task_list(task<&Autobahn::run>()); }
};

/// on_message() that blocks the thread of all users.
struct Blocking : FastHttpUser {
  static constexpr int iterations = 1;

  void run() {
    bool called = false;
    WebSocket socket = client().websocket(path, {.name = "socket"});
    socket.on_message([&called](const WebSocketMessage& /*message*/) {
      std::this_thread::sleep_for(200ms);
      called = true;
    });
    socket.send("x", {.name = "echo"});
    for (int i = 0; i < 1000 && !called; ++i) sleep_for(5ms);
    socket.close();
  }
  static constexpr auto tasks() { return task_list(task<&Blocking::run>()); }
};

CPPWORKER_LOCUSTFILE(HttpEcho, FastEcho, Autobahn, Blocking)
