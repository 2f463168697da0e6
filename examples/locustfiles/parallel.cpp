#include <functional>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class BrowserUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  // The user stops it before on_stop().
  void on_start() override {
    spawn([this] { poll(); });
  }

  void poll() {
    while (true) {
      client().get("/notifications");
      sleep_for(200ms);
    }
  }

  void open_page() {
    client().get("/");
    const auto [style, logo] = gather([&] { return client().get("/style.css"); },
                                      [&] { return client().get("/logo.png"); });
    style.raise_for_status();
    std::vector<std::function<void()>> parts;
    for (int part = 0; part < 6; ++part) {
      parts.emplace_back([this, part] { load_part(part); });
    }
    gather(parts);
  }

  void load_part(int part) {
    client().get("/part/" + std::to_string(part), {.name = "/part/[part]"});
  }

  static constexpr auto tasks() { return task_list(task<&BrowserUser::open_page>()); }
};

CPPWORKER_LOCUSTFILE(BrowserUser)
