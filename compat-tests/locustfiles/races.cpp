// What --check-races must find, and what it must not.
#include <cstdlib>
#include <memory>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

int shared_by_all_threads = 0;
ShardLocal<int> one_per_thread;

class Careless : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = constant(10ms);
  void count() {
    environment().events.request.measure("TASK", "count", [](RequestMeta&) {
      ++shared_by_all_threads;  // the race
    });
    client().get("/");
  }
  static constexpr auto tasks() { return task_list(task<&Careless::count>()); }
};

/// Everything that hands values from one thread to another.
class Careful : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(10ms);

  void work() {
    client().get("/");
    environment().events.request.measure("TASK", "work", [this](RequestMeta&) {
      ++*one_per_thread;
      done_ += run_blocking([this] { return ++done_; });
      auto text = std::make_shared<std::string>("made here");
      Promise<std::string> promise;
      auto finished =
          start_blocking([promise, text] { promise.set_value(*text + ", read there"); });
      text.reset();
      sleep_for(1ms);
      done_ += static_cast<int>(promise.future().get().size());
      finished.get();
      try {
        throw 7;
      } catch (int) {
        sleep_for(1ms);
      }
    });
  }
  static constexpr auto tasks() { return task_list(task<&Careful::work>()); }

 private:
  int done_ = 0;
};

CPPWORKER_LOCUSTFILE(Careless, Careful)
