// The user of benchmarks/soak: asks as fast as it gets answers, and counts its requests in the file
// $SOAK_COUNTER.
#include <atomic>
#include <cstdint>

#include <cppworker/locust.hpp>

#include "../../compat-tests/locustfiles/counters_in_file.hpp"

using namespace cppworker;

namespace {

std::atomic<std::uint64_t>& counter() {
  static std::atomic<std::uint64_t>& mapped =
      counters_in_file<std::atomic<std::uint64_t>>("SOAK_COUNTER");
  return mapped;
}

}  // namespace

struct BusyFast : FastHttpUser {
  static constexpr WaitTime wait_time = constant(Seconds{0});

  void ask() {
    if (++asked_ % 100 == 0) {
      client().get("http://127.0.0.1:9/", {.name = "refused"});
    } else {
      client().get("/fixed");
    }
  }
  static constexpr auto tasks() { return task_list(task<&BusyFast::ask>()); }

 private:
  unsigned asked_ = 0;
};

void count_requests(Environment& environment) {
  static_cast<void>(counter());  // the file exists from the start
  environment.events.request.add_listener([](const RequestEvent&) { ++counter(); });
}

CPPWORKER_INIT(count_requests)
CPPWORKER_LOCUSTFILE(BusyFast)
