#include <cppworker/locust.hpp>
#include <cppworker/websocket.hpp>

using namespace cppworker;

/// Logs in, joins a chat over a WebSocket and talks: `-H http://127.0.0.1:8080`.
class ChatUser : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    client().post("/login", {.form = {{"user", "ann"}}});  // the handshake sends its cookie
    connect();
  }

  void connect() {
    socket_ = client().websocket("/chat", {.subprotocols = {"chat.v1"}, .ping_interval = 20s});
    // What others say arrives at any time, also between two tasks.
    socket_.on_message([this](const WebSocketMessage& message) {
      const Value said = parse_json(message.text);
      environment().events.request.fire(
          {.request_type = "CHAT",
           .name = "said by others",
           .response_time = Seconds(unix_time() - said["time"].get<double>()),
           .response_length = std::ssize(message.text)});
    });
  }

  /// Sends a message and waits for the server's confirmation.
  void say() {
    if (!socket_.is_open()) return connect();
    const int id = ++number_;
    const auto confirms = [id](std::string_view text) {
      return parse_json(text).get("id", 0) == id;
    };
    socket_.request(to_json({{"id", id}, {"say", "hello"}, {"time", unix_time()}}),
                    {.name = "say", .timeout = 5s, .match = confirms}, [](CatchMessage& answer) {
                      if (answer && !parse_json(answer.text)["ok"].get<bool>()) {
                        answer.failure("refused");
                      }
                    });
  }

  /// Sends a message that nobody answers.
  void show_typing() { socket_.send(to_json({{"typing", true}}), {.name = "typing"}); }

  void on_stop() override { socket_.close(1000, "bye"); }

  static constexpr auto tasks() {
    return task_list(task<&ChatUser::say>({.weight = 3}), task<&ChatUser::show_typing>());
  }

 private:
  WebSocket socket_;
  int number_ = 0;
};

CPPWORKER_LOCUSTFILE(ChatUser)
