// A fleet of sensors. Each has its own credentials from a CSV file, sends its readings, and obeys
// commands.

#include <string>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

const CsvFeeder devices{"devices.csv"};

class SensorUser : public MqttUser {
 public:
  inline static const int port = env("MQTT_PORT", 1883);
  static constexpr WaitTime wait_time = constant(200ms);

  MqttConnect connect_options() override {
    const CsvRow device = devices.next(environment());
    return {.client_id = std::string(device["id"]),
            .username = std::string(device["user"]),
            .password = std::string(device["password"]),
            .will = MqttWill{.topic = "dead/" + std::string(device["id"]), .payload = "lost"}};
  }

  void on_start() override {
    client().subscribe("command/" + client().client_id(), {.name = "command/[id]", .qos = 1});
  }

  void reading() {
    client().publish("reading/" + client().client_id(), "21.5", {.name = "reading/[id]", .qos = 1});
  }

  void command() {
    client().publish("command/" + client().client_id(), "restart",
                     {.name = "command/[id]", .qos = 1});
  }

  void on_message(const MqttMessage& message) override {  // must not wait
    client().publish("done/" + client().client_id(), message.payload,
                     {.name = "done/[id]", .wait = false});
  }

  static constexpr auto tasks() {
    return task_list(task<&SensorUser::reading>({.weight = 3}), task<&SensorUser::command>());
  }
};

CPPWORKER_LOCUSTFILE(SensorUser)
