/// Users whose every action can be counted; the C++ twin of compat.py.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

constexpr auto kMoment = 500ms;

void fire(User& user, std::string_view type, std::string_view name,
          std::optional<Milliseconds> response_time, std::int64_t length,
          std::optional<std::string> exception = {}) {
  user.environment().events.request.fire({.request_type = type,
                                          .name = name,
                                          .response_time = response_time,
                                          .response_length = length,
                                          .exception = exception});
}

}  // namespace

/// The same events in each life: some on start, one in its only task, one on stop.
class CountedUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);

  void on_start() override {
    for (const double response_time : {0.34, 0.5, 1.5, 12.5, 145.0, 1449.9, 12345.6}) {
      fire(*this, "GET", "/timed", Milliseconds{response_time}, 100);
    }
    fire(*this, "PUSH", "untimed", {}, 5);
    fire(*this, "ECHO", "it's \"broken\"", Milliseconds{2.5}, 0,
         "it isn't \"here\": Straße\n\t\\ <a object at 0x7f12ab>");
  }
  void on_stop() override { fire(*this, "ECHO", "stopped", 1ms, 0); }
  void tick() { fire(*this, "ECHO", "tick", 1ms, 0); }

  static constexpr auto tasks() { return task_list(task<&CountedUser::tick>()); }
};

/// Its task takes a while, so stop_timeout decides whether it is counted.
class SlowUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);

  void work() {
    fire(*this, "ECHO", "begun", 1ms, 0);
    sleep_for(1500ms);
    fire(*this, "ECHO", "done", 1500ms, 0);
  }

  static constexpr auto tasks() { return task_list(task<&SlowUser::work>()); }
};

/// Never ends its task by itself.
class LongUser : public User {
 public:
  void work_on() { sleep_for(600s); }

  static constexpr auto tasks() { return task_list(task<&LongUser::work_on>()); }
};

/// Holds its thread, as no user should.
class BlockingUser : public User {
 public:
  void block() {
    std::this_thread::sleep_for(1s);
    fire(*this, "ECHO", "blocked", 1s, 0);
  }

  static constexpr auto tasks() { return task_list(task<&BlockingUser::block>()); }
};

/// Goes on and on, and counts for itself what it did.
class TickingUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(50ms);
  static inline std::atomic<std::int64_t> ticks = 0;  // of all shards

  void tick() {
    ++ticks;
    fire(*this, "ECHO", "ticking", 1ms, 0);
  }

  static constexpr auto tasks() { return task_list(task<&TickingUser::tick>()); }
};

/// Twenty rows, with whole milliseconds.
class ManyNamesUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);

  void fire_all() {
    for (int number = 0; number < 20; ++number) {
      fire(*this, "ECHO", "name " + std::to_string(number), 1ms, 0);
    }
  }

  static constexpr auto tasks() { return task_list(task<&ManyNamesUser::fire_all>()); }
};

/// Fails a moment after all users have been spawned: see FleetingUser.
class RaisingUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);

  void fail() {
    sleep_for(kMoment);
    throw std::runtime_error("the task failed: Straße");
  }

  static constexpr auto tasks() { return task_list(task<&RaisingUser::fail>()); }
};

class RaisingOnStartUser : public User {
 public:
  void on_start() override {
    sleep_for(kMoment);
    throw std::runtime_error("no start");
  }
  void never() {}

  static constexpr auto tasks() { return task_list(task<&RaisingOnStartUser::never>()); }
};

/// Ends by itself after its first task.
class LeavingUser : public User {
 public:
  void leave() {
    sleep_for(kMoment);
    fire(*this, "ECHO", "leaving", 1ms, 0);
    throw StopUser{};
  }

  static constexpr auto tasks() { return task_list(task<&LeavingUser::leave>()); }
};

/// Ends as soon as it has begun.
class FleetingUser : public User {
 public:
  void leave() { throw StopUser{}; }

  static constexpr auto tasks() { return task_list(task<&FleetingUser::leave>()); }
};

/// Reports the host it was told to work against.
class HostUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);
  static constexpr std::string_view host = "http://own.example";

  void report_host() { fire(*this, "HOST", base_host(), 1ms, 0); }

  static constexpr auto tasks() { return task_list(task<&HostUser::report_host>()); }
};

void on_init(Environment& environment) {
  environment.runner.register_message("count", [](Environment& here, const Message&) {
    here.runner.send_message("count_answer", TickingUser::ticks.load());
  });
  environment.runner.register_message("greeting", [](Environment& here, const Message& message) {
    here.runner.send_message("greeting_answer", Value::Map{{"heard", message.data}});
  });
  environment.runner.register_message("option", [](Environment& here, const Message& message) {
    const std::string* name = message.data.as_string();
    const Value* option = name == nullptr ? nullptr : here.parsed_options().find(*name);
    here.runner.send_message("option_answer", option == nullptr ? Value{} : *option);
  });
  environment.events.test_start.add_listener(
      [](const EnvironmentEvent& event) { event.environment.runner.send_message("test_started"); });
  environment.events.test_stop.add_listener(
      [](const EnvironmentEvent& event) { event.environment.runner.send_message("test_stopped"); });
  environment.events.spawning_complete.add_listener(
      [&environment](const SpawningCompleteEvent& event) {
        if (environment.shard_index() == 0) {  // fires on every shard; the twin says it once
          environment.runner.send_message("cluster_spawned",
                                          Value::Map{{"user_count", event.user_count}});
        }
      });
}

CPPWORKER_INIT(on_init)
CPPWORKER_LOCUSTFILE(CountedUser, SlowUser, LongUser, BlockingUser, TickingUser, ManyNamesUser,
                     RaisingUser, RaisingOnStartUser, LeavingUser, FleetingUser, HostUser)
