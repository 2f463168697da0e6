#include <thread>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace {
void report(const User& user, std::string_view method, std::string_view name) {
  user.environment().events.request.fire(
      {.request_type = method, .name = name, .response_time = 1ms});
}
}  // namespace

/// Shows in its rows what the master's options and class picker say.
class BuyerUser : public User {
 public:
  static constexpr double weight = 2;
  static constexpr WaitTime wait_time = constant(200ms);

  void buy() {
    const auto options = environment().parsed_options();
    report(*this, "BUY", options.get<std::string>("category"));
    report(*this, "COUNT", std::to_string(options.get<int>("count")));
  }
  void look() {
    const Value* sku = class_attribute("sku");
    report(*this, "LOOK", sku == nullptr ? "none" : *sku->as_string());
    environment().events.request.fire(
        {.request_type = "PRECISE", .name = "x", .response_time = 352us});
  }
  static constexpr auto tasks() {
    return task_list(task<&BuyerUser::buy>({.weight = 3}), task<&BuyerUser::look>());
  }
};

class BreakingUser : public User {
 public:
  static constexpr int fixed_count = 1;
  static constexpr WaitTime wait_time = constant(300ms);
  void break_down() { throw std::out_of_range("no item " + std::to_string(++count_)); }
  static constexpr auto tasks() { return task_list(task<&BreakingUser::break_down>()); }

 private:
  int count_ = 0;
};

void on_init(Environment& environment) {
  environment.runner.register_message(
      "quit_please", [](Environment& here, const Message&) { here.runner.quit(); });
  environment.runner.register_message(
      "quit_while_blocked_please", [](Environment& here, const Message&) {
        (void)start_blocking([] { std::this_thread::sleep_for(60s); });
        here.runner.quit();
      });
  environment.runner.register_message(
      "stop_please", [](Environment& here, const Message&) { here.runner.stop(); });
}
CPPWORKER_INIT(on_init)
CPPWORKER_ARGUMENTS(
    {.name = "--category", .default_value = "books", .help = "What 100% buy"},
    {.name = "--count", .default_value = 3},
    {.name = "--key", .default_value = "hidden", .is_secret = true},
    {.name = "--country", .default_value = "US", .choices = {"US", "DE"}, .is_multiple = true})
CPPWORKER_LOCUSTFILE(BuyerUser, BreakingUser)
