// A locustfile with thresholds, and an argument that sets the exit code of the process.
#include <cppworker/locust.hpp>

using namespace cppworker;

void init(Environment& environment) {
  environment.events.quitting.add_listener([](const EnvironmentEvent& event) {
    const int code = event.environment.parsed_options().get<int>("exit_code");
    if (code != 0) event.environment.set_process_exit_code(code);
  });
}

class Failing : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);
  void fail() { client().get("/", {.headers = {{"X-Api-Key", "wrong"}}}); }
  static constexpr auto tasks() { return task_list(task<&Failing::fail>()); }
};

CPPWORKER_LOCUSTFILE(Failing)
CPPWORKER_FAIL_IF("fail% > 100", "p95 of \"GET /\" > 100s")
CPPWORKER_ARGUMENTS({.name = "--exit-code", .default_value = 0})
CPPWORKER_INIT(init)
