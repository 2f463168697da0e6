// Users with one request per second each, at random times, so that the rate is the number of users.
#include <cppworker/locust.hpp>

using namespace cppworker;

class Customer : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = constant_pacing(1s);

  // Users who start together don't make their requests together.
  void on_start() override { sleep_for(Seconds(uniform(0, 1))); }
  void browse() { client().get("/item"); }
  void order() { client().post("/order"); }

  static constexpr auto tasks() {
    return task_list(task<&Customer::browse>({.weight = 3}), task<&Customer::order>());
  }
};

CPPWORKER_LOCUSTFILE(Customer)
