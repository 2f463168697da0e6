/// Users of two classes that make requests of three names, and count them by name in a file, whose
/// numbers outlive any fault.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <cppworker/locust.hpp>

#include "counters_in_file.hpp"

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

struct Counters {
  std::atomic<std::uint64_t> requests[3];  // by name: /0, /1, /2
};

/// The file that SEQUENCE_COUNTERS names, mapped into memory.
Counters& counters() {
  static Counters& mapped = counters_in_file<Counters>("SEQUENCE_COUNTERS");
  return mapped;
}

void request(Environment& environment, std::size_t name) {
  environment.events.request.fire({.request_type = "SIM",
                                   .name = "/" + std::to_string(name),
                                   .response_time = 1ms,
                                   .response_length = 1});
  ++counters().requests[name];
}

}  // namespace

class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = between(10ms, 200ms);
  void look() { request(environment(), 0); }
  void buy() { request(environment(), 1); }
  static constexpr auto tasks() {
    return task_list(task<&Shopper::look>({.weight = 3}), task<&Shopper::buy>());
  }
};

class Visitor : public User {
 public:
  static constexpr WaitTime wait_time = constant_pacing(100ms);
  void on_stop() override { request(environment(), 2); }
  void visit() { request(environment(), 2); }
  static constexpr auto tasks() { return task_list(task<&Visitor::visit>()); }
};

CPPWORKER_LOCUSTFILE(Shopper, Visitor)
