// Users that log an exception with every request, as fast as they can.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

std::atomic<std::int64_t> requests{0};

}  // namespace

class LoudUser : public User {
 public:
  void fail() {
    ++requests;
    environment().events.request.fire(
        {.request_type = "CALL", .name = "loud", .response_time = 1ms, .response_length = 1});
    throw std::runtime_error("this service is down");
  }
  static constexpr auto tasks() { return task_list(task<&LoudUser::fail>()); }
};

CPPWORKER_LOCUSTFILE(LoudUser)

/// LOUD_COUNT names the file that tells the test how many requests there were.
void write_count(Environment& environment) {
  environment.events.test_stop.add_listener([](const EnvironmentEvent&) {
    if (const char* path = std::getenv("LOUD_COUNT")) std::ofstream(path) << requests << '\n';
  });
}

CPPWORKER_INIT(write_count)
