// Users for runs without a master, whose requests can be counted; the C++ twin of standalone.py.
#include <stdexcept>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

void init(Environment& environment) {
  Events& events = environment.events;
  events.test_start.add_listener([](const EnvironmentEvent& event) {
    log_info("event test_start");
    event.environment.runner.send_message("greeting", "hello");
  });
  events.test_stopping.add_listener(
      [](const EnvironmentEvent&) { log_info("event test_stopping"); });
  events.test_stop.add_listener([](const EnvironmentEvent&) { log_info("event test_stop"); });
  events.quitting.add_listener([](const EnvironmentEvent&) { log_info("event quitting"); });
  events.quit.add_listener(
      [](const QuitEvent& event) { log_info("event quit " + std::to_string(event.exit_code)); });
  if (environment.shard_index() == 0) {
    events.spawning_complete.add_listener([](const SpawningCompleteEvent& event) {
      log_info("event spawning_complete " + std::to_string(event.user_count));
    });
  }
  environment.runner.register_message("greeting", [](Environment&, const Message& message) {
    log_info("message " + *message.data.as_string());
  });
}

class Visitor : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(150ms);

  void visit() {
    client().get("/page");
    client().get("/key", {.headers = {{"X-Api-Key", "wrong"}}});
    client().post("/form", {}, [](auto& response) { response.failure("it's \"wrong\"\n"); });
    if (++visits_ == 10) throw StopUser{};
  }

  static constexpr auto tasks() { return task_list(task<&Visitor::visit>()); }

 private:
  int visits_ = 0;
};

class Rare : public HttpUser {
 public:
  static constexpr int fixed_count = 1;
  static constexpr WaitTime wait_time = constant(1000s);

  void fail() { throw std::runtime_error("no reason"); }

  static constexpr auto tasks() { return task_list(task<&Rare::fail>({.tags = {"throws"}})); }
};

class Steady : public HttpUser {
 public:
  static constexpr double weight = 3;
  static constexpr WaitTime wait_time = constant(100ms);

  void look() { client().get("/steady"); }

  static constexpr auto tasks() { return task_list(task<&Steady::look>()); }
};

CPPWORKER_LOCUSTFILE(Visitor, Rare, Steady)
CPPWORKER_INIT(init)
