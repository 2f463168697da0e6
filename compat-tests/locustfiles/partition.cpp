// Users that count the requests that they have made; the twin of locustfiles/partition.py.

#include <atomic>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

constexpr WaitTime interval = constant(50ms);
/// Ends before the network is back.
constexpr Seconds impatient = 1s;
/// Does not.
constexpr Seconds patient = 12s;

std::atomic<int> made = 0;

}  // namespace

class HttpImpatient : public HttpUser {
 public:
  static constexpr WaitTime wait_time = interval;
  void get() {
    client().get("/", {.name = "HttpImpatient", .timeout = impatient});
    ++made;
  }
  static constexpr auto tasks() { return task_list(task<&HttpImpatient::get>()); }
};

class HttpPatient : public HttpUser {
 public:
  static constexpr WaitTime wait_time = interval;
  void get() {
    client().get("/", {.name = "HttpPatient", .timeout = patient});
    ++made;
  }
  static constexpr auto tasks() { return task_list(task<&HttpPatient::get>()); }
};

class FastImpatient : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = interval;
  static constexpr Seconds network_timeout = impatient;
  static constexpr Seconds connection_timeout = impatient;
  void get() {
    client().get("/", {.name = "FastImpatient"});
    ++made;
  }
  static constexpr auto tasks() { return task_list(task<&FastImpatient::get>()); }
};

class FastPatient : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = interval;
  static constexpr Seconds network_timeout = patient;
  static constexpr Seconds connection_timeout = patient;
  void get() {
    client().get("/", {.name = "FastPatient"});
    ++made;
  }
  static constexpr auto tasks() { return task_list(task<&FastPatient::get>()); }
};

void on_init(Environment& environment) {
  environment.runner.register_message("count", [](Environment& here, const Message&) {
    here.runner.send_message("count_answer", made.load());
  });
}

CPPWORKER_INIT(on_init)
CPPWORKER_LOCUSTFILE(HttpImpatient, HttpPatient, FastImpatient, FastPatient)
