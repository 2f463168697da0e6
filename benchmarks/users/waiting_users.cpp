// Users that hold no socket: they wait, and measure an event of their own when their turn comes.
#include <cppworker/locust.hpp>

using namespace cppworker;

class Waiting : public User {
 public:
  void take_turn() {
    environment().events.request.measure("EVENT", "turn", [](RequestMeta&) {});
  }
  static constexpr WaitTime wait_time = between(Seconds{0}, Seconds{60});
  static constexpr auto tasks() { return task_list(task<&Waiting::take_turn>()); }
};

CPPWORKER_LOCUSTFILE(Waiting)
