#include <cstdlib>
#include <stdexcept>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// WEB_TEST in the environment makes the worker end by itself.
void init(Environment& environment) {
  const char* const variable = std::getenv("WEB_TEST");
  const std::string what = variable == nullptr ? "" : variable;
  if (what == "throw") throw std::runtime_error("no init today");
  if (what != "quit") return;
  environment.events.test_start.add_listener(
      [](const EnvironmentEvent& event) { event.environment.runner.quit(); });
}

class Visitor : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);

  void visit() { client().get(environment().parsed_options().get<std::string>("path")); }

  static constexpr auto tasks() { return task_list(task<&Visitor::visit>()); }
};

CPPWORKER_ARGUMENTS({.name = "--path", .default_value = "/page", .help = "What to get"})
CPPWORKER_LOCUSTFILE(Visitor)
CPPWORKER_INIT(init)
