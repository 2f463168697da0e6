/// Users that hold their stacks for the whole test.

#include <chrono>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class Holder : public User {
 public:
  void hold() {
    environment().events.request.fire({.request_type = "TASK", .name = "begun"});
    sleep_for(1000s);
  }
  static constexpr auto tasks() { return task_list(task<&Holder::hold>()); }
};

CPPWORKER_LOCUSTFILE(Holder)
