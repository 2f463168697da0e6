// cpp-worker: -lrdkafka

#include "kafka_client.hpp"

using namespace cppworker;

/// Sends orders to the brokers of a Kafka cluster: `-H 127.0.0.1:9092`.
class OrderUser : public User {
 public:
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void order() { kafka_.send("orders", R"({"item": 7})", {.key = "ann"}); }
  void click() { kafka_.send("clicks", "shop", {.name = "click"}); }

  static constexpr auto tasks() {
    return task_list(task<&OrderUser::order>({.weight = 3}), task<&OrderUser::click>());
  }

 private:
  KafkaClient kafka_{environment(),
                     {{"bootstrap.servers", std::string(base_host())},
                      {"message.timeout.ms", env("KAFKA_TIMEOUT_MS", "300000")}}};
};

CPPWORKER_LOCUSTFILE(OrderUser)
