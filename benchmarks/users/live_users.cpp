// Users with live connections. live_server or mosquitto is the other end; users.py has the twin of
// BusyMqtt.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>
#include <cppworker/server_events.hpp>
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

/// Reads streams of events, and compares their times with those that the server states.
struct ReadEvents : FastHttpUser {
  /// Spreads the streams. Otherwise the users start at the same time, and all events come together.
  void on_start() override { sleep_for(Seconds{uniform(0, 2)}); }

  void read() {
    const Response response = client().get("/events", {.stream = true});
    double before_us = 0;
    for (const ServerEvent& event : sse(response)) {
      const double late_us =
          event.elapsed.count() * 1000 - std::strtod(event.data.c_str(), nullptr);
      if (before_us == 0) {
        if (connected_) first_errors_us.push_back(late_us);  // otherwise it contains connecting
      } else {
        gap_errors_us.push_back(late_us - before_us);
      }
      before_us = late_us;
    }
    connected_ = true;
  }
  static constexpr auto tasks() { return task_list(task<&ReadEvents::read>()); }

  // The run has one shard.
  inline static std::vector<double> first_errors_us;
  inline static std::vector<double> gap_errors_us;

 private:
  bool connected_ = false;
};

/// At the end of the test, the file $BENCH_ERRORS gets two lines, of first events and of gaps:
/// count, median, 99th percentile and maximum of the absolute differences from what the server
/// states, in µs.
void write_errors(Environment& environment) {
  const char* const file = std::getenv("BENCH_ERRORS");
  if (file == nullptr) return;
  environment.events.test_stop.add_listener([file](const auto&) {
    std::ofstream out(file);
    for (std::vector<double>* errors : {&ReadEvents::first_errors_us, &ReadEvents::gap_errors_us}) {
      if (errors->empty()) continue;
      std::ranges::transform(*errors, errors->begin(), [](double one) { return std::abs(one); });
      std::ranges::sort(*errors);
      const auto at = [&](double share) {
        return (*errors)[static_cast<std::size_t>(share * static_cast<double>(errors->size() - 1))];
      };
      out << errors->size() << ' ' << at(0.5) << ' ' << at(0.99) << ' ' << at(1) << '\n';
    }
  });
}

CPPWORKER_INIT(write_errors)
CPPWORKER_LOCUSTFILE(ReadEvents, BusyMqtt, ConnectedMqtt, BusyWebSocket, ConnectedWebSocket)
