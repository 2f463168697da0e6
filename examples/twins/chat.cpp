// A chat over WebSocket. Each message is confirmed; the messages of others arrive in between.
#include <cppworker/locust.hpp>

using namespace cppworker;

const std::string url = env("CHAT_URL", "ws://127.0.0.1:8081/chat");

/// A client for WebSocket (RFC 6455), without extensions and without TLS.
struct WebSocket {
  WebSocket(const std::string& url, const std::string& headers) {
    const std::string host = search(url, "//([^/]+)", 1), path = search(url, "//[^/]+(.*)", 1);
    const std::string key = base64_encode(random_string(16));
    stream = TcpStream(search(host, "^[^:]+"), std::stoi(search(host, "\\d+$")), 10s);
    stream.write_all("GET " + path + " HTTP/1.1\r\nHost: " + host +
                     "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13" +
                     "\r\nSec-WebSocket-Key: " + key + "\r\n" + headers + "\r\n");
    const std::string answer = stream.read_until("\r\n\r\n");
    const std::string accept = base64_encode(sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    require(answer.find(" 101 ") < 10 && answer.find(accept) != answer.npos, answer);
  }

  void send(std::string_view text, int opcode = 1) {
    const int bytes = text.size() < 126 ? 0 : text.size() < 65536 ? 2 : 8;
    std::string frame{static_cast<char>(0x80 | opcode)};
    frame += static_cast<char>(0x80 | (bytes == 0 ? text.size() : bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(text.size() >> 8 * i);
    const std::string mask = random_string(4);
    frame += mask;
    for (std::size_t i = 0; i < text.size(); ++i) frame += static_cast<char>(text[i] ^ mask[i % 4]);
    stream.write_all(frame);
  }

  /// The next message. Answers pings.
  std::string receive() {
    for (std::string message;;) {
      const std::string head = stream.read_exactly(2);
      std::size_t size = head[1] & 0x7f;
      if (size > 125) {
        const std::string bytes = stream.read_exactly(size == 126 ? 2 : 8);
        size = 0;
        for (const unsigned char byte : bytes) size = size << 8 | byte;
      }
      const std::string payload = stream.read_exactly(size);
      const int opcode = head[0] & 0x0f;
      require(opcode != 8, "the server has closed the connection");
      if (opcode == 9) send(payload, 10);
      if (opcode < 3) message += payload;
      if (opcode < 3 && (head[0] & 0x80) != 0) return message;
    }
  }

  void close() { send("\x03\xe8", 8); }

  TcpStream stream;
};

struct ChatUser : User {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    environment().events.request.measure("WS", "connect", [&](auto&) {
      socket = std::make_unique<WebSocket>(
          url, "Authorization: Bearer chat-token\r\nSec-WebSocket-Protocol: chat.v1\r\n");
    });
    call("join", {{"room", choice({"red", "blue"})}});
  }

  /// Sends a message and waits for the reply to it, past the messages of others.
  Value call(const char* kind, Value message = Value::Map{}) {
    Value reply;
    message["type"] = kind;
    message["id"] = ++number;
    environment().events.request.measure("WS", kind, [&](RequestMeta& request) {
      socket->send(to_json(message));
      do {
        const std::string text = socket->receive();
        reply = parse_json(text);
        request.response_length = std::ssize(text);
        if (reply["type"] == "said") report_latency(reply);
      } while (reply.get("id", 0) != number);
      if (reply["type"] == "error") request.exception = reply["reason"].str();
    });
    return reply;
  }

  void report_latency(const Value& message) {
    const Seconds latency{unix_time() - message["time"].get<double>()};
    environment().events.request.fire({.request_type = "WS",
                                       .name = "said by others",
                                       .response_time = latency,
                                       .response_length = std::ssize(message["text"].str())});
  }

  void say() {
    const std::string text = choice({"hello", "how are you?", "a longer text", "rude"});
    call("say", {{"text", text}, {"time", unix_time()}});
  }

  void show_typing() { call("typing", {{"seconds", 1.5}}); }

  void list_members() { call("members"); }

  void history() {
    const Value history = call("history", {{"count", 500}});
    require(history["messages"].size() == 500, "wrong history");
  }

  void on_stop() override { socket->close(); }

  static constexpr auto tasks() {
    using Self = ChatUser;
    return task_list(task<&Self::say>({.weight = 4}), task<&Self::show_typing>(),
                     task<&Self::list_members>(), task<&Self::history>());
  }

  std::unique_ptr<WebSocket> socket;
  int number = 0;
};

CPPWORKER_LOCUSTFILE(ChatUser)
