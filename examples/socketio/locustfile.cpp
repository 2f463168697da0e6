#include "socketio_client.hpp"

using namespace cppworker;

/// Talks in a chat room: `-H http://127.0.0.1:8080`.
class ChatUser : public SocketIoUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override { connect(); }

  void connect() { sio().connect({.auth = {{"token", "secret"}}}); }

  /// Sends an event and waits until the server has acknowledged it.
  void say() {
    if (!sio().connected()) return connect();
    sio().call("say", {{"text", "hello"}}, {.timeout = 5s});
  }

  /// Sends an event that nobody acknowledges.
  void typing() { sio().emit("typing", {{"user", "ann"}}); }

  void on_stop() override { sio().disconnect(); }

  static constexpr auto tasks() {
    return task_list(task<&ChatUser::say>({.weight = 3}), task<&ChatUser::typing>());
  }
};

CPPWORKER_LOCUSTFILE(ChatUser)
