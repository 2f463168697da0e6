// Requests whose times and failures are known, for thresholds; the C++ twin of gates.py.
#include <cppworker/locust.hpp>

using namespace cppworker;

class Customer : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(200ms);

  void buy() {
    client().get("/fast");
    client().get("/slow");
    client().get("/flaky");
    client().get("/warming");
    client().post("/orders/1");
    environment().events.request.fire(
        {.request_type = "BASKET", .name = "pay", .response_time = 50ms});
  }

  static constexpr auto tasks() { return task_list(task<&Customer::buy>()); }
};

CPPWORKER_LOCUSTFILE(Customer)
CPPWORKER_FAIL_IF("fails of \"POST /*\" > 0", "fail% of \"GET /f*\" > 1")
