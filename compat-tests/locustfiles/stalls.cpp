// Users of whom one blocks its thread, so that the responses of the others wait for the thread.
#include <thread>

#include <cppworker/locust.hpp>

using namespace cppworker;

class Stalling : public HttpUser {
 public:
  static constexpr int fixed_count = 1;
  static constexpr WaitTime wait_time = constant(50ms);

  void stall() { std::this_thread::sleep_for(30ms); }

  static constexpr auto tasks() { return task_list(task<&Stalling::stall>()); }
};

class Stalled : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(10ms);

  void look() { client().get("/"); }

  static constexpr auto tasks() { return task_list(task<&Stalled::look>()); }
};

CPPWORKER_LOCUSTFILE(Stalling, Stalled)
