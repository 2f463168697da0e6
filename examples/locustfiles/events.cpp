#include <cstdint>
#include <iostream>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

// Each shard (thread) has its own value, so no lock is needed.
ShardLocal<std::int64_t> content_length;

void init(Environment& environment) {
  environment.events.request.add_listener(
      [](const RequestEvent& request) { *content_length += request.response_length; });

  environment.events.test_start.add_listener(
      [](const EnvironmentEvent&) { std::cout << "A new test is starting" << std::endl; });

  environment.events.test_stop.add_listener(
      [](const EnvironmentEvent&) { std::cout << "A new test is ending" << std::endl; });
}

class WebsiteUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void index() { client().get("/"); }

  // Your own event: you decide what counts as a request.
  void think() {
    environment().events.request.fire({.request_type = "THINK",
                                       .name = "deeply",
                                       .response_time = 42ms,
                                       .response_length = 7,
                                       .exception = "no idea"});
  }

  static constexpr auto tasks() {
    return task_list(task<&WebsiteUser::index>(), task<&WebsiteUser::think>());
  }
};

CPPWORKER_LOCUSTFILE(WebsiteUser)
CPPWORKER_INIT(init)
