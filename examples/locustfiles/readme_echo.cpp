#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class EchoUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(1s);
  void ping() {
    environment().events.request.measure("ECHO", "ping", [&](RequestMeta& meta) {
      meta.response_length = 4;  // call your client here; an exception becomes the failure
    });
  }
  static constexpr auto tasks() { return task_list(task<&EchoUser::ping>()); }
};

void on_init(Environment& environment) {  // once per shard (thread), with that shard's own events
  environment.events.test_start.add_listener([](const EnvironmentEvent& event) {
    HttpSession(event.environment, event.environment.host()).get("/setup");
  });
  environment.runner.register_message("greet", [](Environment& env, const Message& message) {
    env.runner.send_message("greeting_received", message.data);
  });
}
CPPWORKER_INIT(on_init)

CPPWORKER_LOCUSTFILE(EchoUser)
