/// Users who share rows of data, with tags and messages; the C++ twin of team.py.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

const CsvFeeder rows{std::getenv("ROWS"), {.deal = Deal::kStop}};

void fire(Environment& environment, std::string_view type, std::string_view name) {
  environment.events.request.fire({.request_type = type, .name = name, .response_time = 1ms});
}

}  // namespace

/// Takes a row of the file that nobody else gets, until there are no more.
class ReaderUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(200ms);

  void read() { fire(environment(), "ROW", rows.next(environment())["id"]); }
  void idle() { fire(environment(), "ROW", "idle"); }

  static constexpr auto tasks() {
    return task_list(task<&ReaderUser::read>({.tags = {"data"}}),
                     task<&ReaderUser::idle>({.weight = 5, .tags = {"idle"}}));
  }
};

void on_init(Environment& environment) {
  environment.runner.register_message("greet", [](Environment& here, const Message& message) {
    here.runner.send_message(
        "greeting", Value::Map{{"index", here.runner.worker_index()}, {"heard", message.data}});
  });
  environment.runner.register_message("thanks", [](Environment& here, const Message& message) {
    fire(here, "THANKS", "to " + std::to_string(message.data["to"].get<std::int64_t>()));
  });
}

CPPWORKER_INIT(on_init)
CPPWORKER_LOCUSTFILE(ReaderUser)
