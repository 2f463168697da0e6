// The twin of socketio_cases.py.

#include "../../examples/socketio/socketio_client.hpp"

using namespace cppworker;

class CasesUser : public SocketIoUser {
 public:
  static constexpr WaitTime wait_time = constant(1s);

  void on_start() override {
    const Value mixed = Value::List{"a", Value::Bytes{"b"}, Value::Map{{"c", Value::Bytes{"d"}}}};
    const Value bytes = Value::Bytes{std::string("\x00\xff", 2)};
    const Value right = {{"token", "secret"}};
    sio().on("handled", [](const Value::List& arguments) {
      return Value(arguments.at(0)["n"].get<int>() + 1);
    });
    sio().emit("data", "nobody is connected");
    sio().connect({.path = "/missing/"});
    sio().connect({.path = "/wrong/"});
    sio().connect({.path = "/mute/", .wait_timeout = 100ms});
    sio().connect({.path = "/silent/"});
    wait_disconnected();
    sio().emit("data", "the pings are missing");
    sio().connect({.auth = {{"token", "wrong"}}, .wait_timeout = 5s});
    sio().connect({.auth = right, .namespaces = {"/", "/closed"}, .wait_timeout = 5s});
    sio().connect({.auth = right, .namespaces = {"/", "/admin"}, .wait_timeout = 5s});
    sio().connect({.auth = right});
    for (const Value& data : Value::List{"grüße", bytes, mixed, Value::Map{{"a", 1}}, "", {}}) {
      sio().emit("data", data);
    }
    sio().send("hello");
    sio().send("hello", "greeting");
    for (const Value& data : Value::List{"grüße", bytes, mixed}) {
      require(sio().call("echo", data) == data, "another echo");
    }
    require(sio().call("echo", "to an admin", {.name_space = "/admin"}) == Value("to an admin"));
    require(sio().call("nothing").is_none(), "an answer");
    require(sio().call("two") == Value(Value::List{1, "two"}), "not two answers");
    sio().call("silent", "x", {.timeout = 200ms});
    sio().call("push", "all");
    sio().disconnect();
    sio().connect({.auth = right});
    sio().emit("kick");
    wait_disconnected();
    sio().emit("data", "the connection has ended");
  }

  void wait_disconnected() {
    while (sio().connected()) sleep_for(10ms);
  }

  void done() {
    environment().events.request.fire(
        {.request_type = "CASES", .name = "done", .response_time = 0ms});
    throw StopUser{};
  }

  static constexpr auto tasks() { return task_list(task<&CasesUser::done>()); }
};

CPPWORKER_LOCUSTFILE(CasesUser)
