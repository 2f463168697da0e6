// The user of benchmarks/soak: asks as fast as it gets answers, and counts its requests in the file
// $SOAK_COUNTER.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

std::atomic<std::uint64_t>& counter() {
  using Counter = std::atomic<std::uint64_t>;
  static Counter* const mapped = [] {
    const char* const path = std::getenv("SOAK_COUNTER");
    const int fd = path == nullptr ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(Counter)) != 0) {
      throw std::runtime_error("SOAK_COUNTER must name a file that can be written");
    }
    void* const memory = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) throw std::runtime_error("mmap of SOAK_COUNTER failed");
    return static_cast<Counter*>(memory);
  }();
  return *mapped;
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
