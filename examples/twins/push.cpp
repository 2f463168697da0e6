// Receivers of pushed messages over long-lived TCP connections: a JSON object per line.
#include <cppworker/locust.hpp>

using namespace cppworker;

const std::string address = env("PUSH_ADDRESS", "127.0.0.1:9000");

struct PushReceiver : User {
  static constexpr WaitTime wait_time = between(500ms, 1500ms);

  void on_start() override {
    environment().events.request.measure("PUSH", "subscribe", [&](auto&) {
      stream = TcpStream(search(address, "(.*):", 1), std::stoi(search(address, "\\d+$")), 30s);
      const Value topics = Value::List{"news", "prices"};
      send({{"type", "subscribe"}, {"token", env("PUSH_TOKEN")}, {"topics", topics}});
      const Value reply = parse_json(stream.read_until("\n"));
      require(reply["type"] == "subscribed", reply.get("reason", ""));
      last = reply["last"].get<int>();
    });
    spawn([this] { receive(); });
  }

  void send(const Value& message) { stream.write_all(to_json(message) + "\n"); }

  /// Runs in the background and reports the latency of each message.
  void receive() {
    for (;;) {
      const std::string line = stream.read_until("\n");
      const Value message = parse_json(line);
      if (message["type"] == "heartbeat") {
        send({{"type", "alive"}, {"beat", message["beat"]}});
        continue;
      }
      const int lost = message["number"].get<int>() - last - 1;
      last += lost + 1;
      const Seconds latency{std::max(unix_time() - message["sent"].get<double>(), 0.0)};
      std::optional<std::string> failure;
      if (lost > 0) failure = std::to_string(lost) + " messages lost";
      environment().events.request.fire({.request_type = "PUSH",
                                         .name = message["topic"].str(),
                                         .response_time = latency,
                                         .response_length = std::ssize(line),
                                         .exception = failure});
    }
  }

  void request(const char* kind, Value message) {
    message["type"] = kind;
    environment().events.request.measure("PUSH", kind, [&](auto&) { send(message); });
  }

  void acknowledge() { request("acknowledge", {{"number", last}, {"battery", randint(1, 100)}}); }

  void mute() { request("mute", {{"minutes", choice({5, 60})}}); }

  void move() {
    request("move", {{"latitude", uniform(-90, 90)}, {"longitude", uniform(-180, 180)}});
  }

  static constexpr auto tasks() {
    return task_list(task<&PushReceiver::acknowledge>({.weight = 2}), task<&PushReceiver::mute>(),
                     task<&PushReceiver::move>());
  }

  TcpStream stream;
  int last = 0;
};

CPPWORKER_LOCUSTFILE(PushReceiver)
