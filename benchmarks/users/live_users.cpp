// Users with live connections. live_server or mosquitto is the other end; users.py has the twin of BusyMqtt.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>
#include <cppworker/websocket.hpp>

using namespace cppworker;

namespace {

const std::string kPayload(64, 'x');

/// Makes the file $BENCH_CONNECTED as soon as $BENCH_USERS users are connected.
void note_connection() {
  static const char* const file = std::getenv("BENCH_CONNECTED");
  static const char* const users = std::getenv("BENCH_USERS");
  static std::atomic<int> connected{0};
  if (file != nullptr && users != nullptr && ++connected == std::atoi(users)) std::ofstream{file};
}

}  // namespace

/// Publishes with QoS 1 as fast as it gets acknowledgements.
struct BusyMqtt : MqttUser {
  void publish() { client().publish("data", kPayload, {.qos = 1}); }
  static constexpr auto tasks() { return task_list(task<&BusyMqtt::publish>()); }
};

/// Connects and keeps its connection.
struct ConnectedMqtt : MqttUser {
  static constexpr WaitTime wait_time = constant(Seconds{3600});
  static constexpr Seconds keepalive{30};

  MqttConnect connect_options() override {
    MqttConnect options;
    if (environment().host().starts_with("mqtts:")) options.tls = Tls{.verify = false};
    return options;
  }

  void on_start() override {
    if (client().is_connected()) note_connection();
  }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&ConnectedMqtt::nothing>()); }
};

/// Sends messages as fast as it gets their echoes.
class BusyWebSocket : public FastHttpUser {
 public:
  void on_start() override { socket_ = client().websocket("/echo"); }
  void echo() { socket_.request(kPayload); }
  static constexpr auto tasks() { return task_list(task<&BusyWebSocket::echo>()); }

 private:
  WebSocket socket_;
};

class ConnectedWebSocket : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{3600});

  void on_start() override {
    socket_ = client().websocket("/echo");
    if (socket_.is_open()) note_connection();
  }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&ConnectedWebSocket::nothing>()); }

 private:
  WebSocket socket_;
};

CPPWORKER_LOCUSTFILE(BusyMqtt, ConnectedMqtt, BusyWebSocket, ConnectedWebSocket)
