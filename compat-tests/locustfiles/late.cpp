// Users that compute so much that answers wait for the thread.
#include <chrono>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class LateUser : public User {
 public:
  void work() {
    environment().events.request.measure("CALL", "5 ms", [](RequestMeta&) { sleep_for(5ms); });
    const auto end = std::chrono::steady_clock::now() + 2ms;
    while (std::chrono::steady_clock::now() < end) {
    }
  }
  static constexpr auto tasks() { return task_list(task<&LateUser::work>()); }
};

CPPWORKER_LOCUSTFILE(LateUser)
