#include "users.hpp"

#include <stdexcept>
#include <string>

#include <cppworker/locust.hpp>

#include "planted.hpp"
#include "process.hpp"

namespace cppworker::simulation {
namespace {

int recurse(int depth) {
  volatile char large[256] = {};  // NOLINT(cppcoreguidelines-avoid-c-arrays)
  large[0] = static_cast<char>(depth);
  return depth == 0 ? large[0] : recurse(depth - 1) + large[0];
}

/// Counts its objects and makes requests.
class Simulated : public User {
 public:
  Simulated() : process_(Process::here()) { ++process_.users; }
  ~Simulated() override { --process_.users; }

  void request() {
    const Target::Answer answer = process_.target().answer();
    sleep_for(answer.takes);  // a user that is stopped has no result to report
    const std::size_t name = process_.next_name();
    environment().events.request.fire(
        {.request_type = "SIM",
         .name = "/" + std::to_string(name),
         .response_time = answer.takes,
         .exception = answer.fails ? std::optional<std::string>("refused") : std::nullopt});
    process_.counted(name, environment().shard_index());
  }

  /// What a task may do besides requests.
  void misbehave() {
    process_.perhaps_block(environment().shard_index());
    if (process_.target().is_healthy()) return;
    World& world = process_.world();
    if (world.one_in(100)) throw std::runtime_error("a bug in the locustfile");
    if (world.one_in(100)) throw StopUser();
    if (world.one_in(50)) environment().runner.send_message("custom", Value{{"n", 1}});
  }

 private:
  Process& process_;
};

class Shopper : public Simulated {
 public:
  static constexpr WaitTime wait_time = between(100ms, 2s);
  void buy() {
    if (is_planted("stack-overflow") && recurse(1'000'000) == 0) return;
    request();
    misbehave();
  }
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};

class Visitor : public Simulated {
 public:
  static constexpr WaitTime wait_time = constant_pacing(1s);
  void on_start() override { request(); }
  void on_stop() override { request(); }

  struct Visit : SequentialTaskSet<Visitor> {
    using SequentialTaskSet::SequentialTaskSet;
    void look() { user().request(); }
    void go() {
      user().misbehave();
      interrupt();
    }
    static constexpr auto tasks() { return task_list(task<&Visit::look>(), task<&Visit::go>()); }
  };
  static constexpr auto tasks() { return task_list(task<Visit>()); }
};

void init(Environment& environment) { Process::here().add_shard(environment.shard()); }

}  // namespace

const loader::Locustfile& locustfile() {
  static const loader::Locustfile file{
      .user_classes = {&detail::kUserClass<Shopper>, &detail::kUserClass<Visitor>},
      .init_functions = {&init},
      .arguments = {},
      .fail_if = {},
      .warnings = {}};
  return file;
}

}  // namespace cppworker::simulation
