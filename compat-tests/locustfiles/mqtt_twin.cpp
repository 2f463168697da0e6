// The twin of mqtt_twin.py.

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

class TwinUser : public MqttUser {
 public:
  inline static const int port = env("MQTT_PORT", 1883);
  inline static const std::string username = env("MQTT_USER", "");
  inline static const std::string password = env("MQTT_PASSWORD", "");
  static constexpr WaitTime wait_time = constant(100ms);

  void on_start() override {
    client().subscribe("command/#", {.qos = 1});
    client().subscribe("forbidden/#");
  }
  void publish_0() { client().publish("data/0", "a", {.qos = 0}); }
  void publish_1() { client().publish("data/1", "ab", {.qos = 1}); }
  void publish_2() { client().publish("data/2", "abc", {.qos = 2}); }

  static constexpr auto tasks() {
    return task_list(task<&TwinUser::publish_0>(), task<&TwinUser::publish_1>(),
                     task<&TwinUser::publish_2>());
  }
};

CPPWORKER_LOCUSTFILE(TwinUser)
