/// Users that count what they do in a file, whose numbers outlive any fault: the truth that the
/// master's numbers are compared with.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include <cppworker/locust.hpp>

#include "counters_in_file.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

struct Counters {
  std::atomic<std::uint64_t> requests;
  std::atomic<std::uint64_t> users_started;
  std::atomic<std::uint64_t> users_stopped;
  std::atomic<std::uint64_t> messages;
};

/// The file that OUTAGE_COUNTERS names, mapped into memory.
Counters& counters() {
  static Counters& mapped = counters_in_file<Counters>("OUTAGE_COUNTERS");
  return mapped;
}

}  // namespace

class OutageUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(100ms);

  void on_start() override { ++counters().users_started; }
  void on_stop() override { ++counters().users_stopped; }
  void tick() {
    environment().events.request.fire(
        {.request_type = "ECHO", .name = "tick", .response_time = 1ms, .response_length = 1});
    ++counters().requests;
  }

  static constexpr auto tasks() { return task_list(task<&OutageUser::tick>()); }
};

/// Sends 2,000 messages of 2 KB a second.
class TalkingUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(50ms);

  void talk() {
    for (int i = 0; i < 100; ++i) {
      environment().runner.send_message("talk", std::string(2000, 'x'));
      ++counters().messages;
    }
  }

  static constexpr auto tasks() { return task_list(task<&TalkingUser::talk>()); }
};

void on_init(Environment& environment) {
  environment.events.spawning_complete.add_listener(
      [](const SpawningCompleteEvent& /*event*/) { log_info("event spawning_complete"); });
}

CPPWORKER_INIT(on_init)
CPPWORKER_LOCUSTFILE(OutageUser, TalkingUser)
