// The users of benchmarks/mqtt.

#include <string>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

struct IdleUser : MqttUser {
  static constexpr WaitTime wait_time = constant(Seconds{3600});

  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&IdleUser::nothing>()); }
};

struct PublishUser : MqttUser {
  const std::string payload = std::string(64, 'x');

  void publish() { client().publish("data", payload, {.qos = 1}); }
  static constexpr auto tasks() { return task_list(task<&PublishUser::publish>()); }
};

CPPWORKER_LOCUSTFILE(IdleUser, PublishUser)
