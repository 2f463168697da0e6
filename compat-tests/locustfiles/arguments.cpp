/// Users whose rows say what the locustfile's own arguments hold, one argument of each kind.

#include <chrono>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class BuyerUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(200ms);

  void tell() {
    const auto options = environment().parsed_options();
    report("category", options.get<std::string>("category"));
    report("count", std::to_string(options.get<int>("count")));
    report("discount", options.get<double>("discount") == 0.5 ? "a half" : "another");
    report("gift", options.get<bool>("gift") ? "yes" : "no");
    report("wrapping", options.get<std::string>("wrapping"));
    report("api_key", options.get<std::string>("api_key"));
    std::string countries;
    for (const std::string& country : options.get<std::vector<std::string>>("countries")) {
      countries += country + " ";
    }
    report("countries", countries);
  }

  static constexpr auto tasks() { return task_list(task<&BuyerUser::tell>()); }

 private:
  void report(const std::string& argument, const std::string& value) {
    environment().events.request.fire(
        {.request_type = argument, .name = value, .response_time = 1ms});
  }
};

CPPWORKER_ARGUMENTS(
    {.name = "--category", .default_value = "books", .help = "What they buy"},
    {.name = "--count", .default_value = 3}, {.name = "--discount", .default_value = 0.25},
    {.name = "--gift", .default_value = false},
    {.name = "--wrapping", .default_value = "paper", .choices = {"paper", "box", "none"}},
    {.name = "--api-key", .default_value = "hidden", .is_secret = true},
    {.name = "--countries",
     .default_value = "US",
     .choices = {"US", "DE", "FR"},
     .is_multiple = true})
CPPWORKER_LOCUSTFILE(BuyerUser)
