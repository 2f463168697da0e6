#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// One row with the values of all arguments: every kind that there is.
class ArgumentsUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(200ms);

  void show() {
    const auto options = environment().parsed_options();
    std::string name =
        options.get<std::string>("label") + " " + std::to_string(options.get<int>("count") + 1) +
        " " + std::to_string(options.get<double>("share") * 2).substr(0, 4) + " " +
        (options.get<bool>("fast") ? "fast" : "slow") + " " + options.get<std::string>("stage") +
        " " + std::to_string(options.get<int>("size")) + " " + options.get<std::string>("token") +
        " [" + options.get<std::string>("free_text") + "]";
    for (const std::string& land : options.get<std::vector<std::string>>("land"))
      name += " " + land;
    environment().events.request.fire({.request_type = "ALL", .name = name, .response_time = 1ms});
  }
  static constexpr auto tasks() { return task_list(task<&ArgumentsUser::show>()); }
};

CPPWORKER_ARGUMENTS({.name = "-b,--label", .default_value = "plain", .env_var = "SHOP_LABEL"},
                    {.name = "--count", .default_value = 3, .is_required = true},
                    {.name = "--share", .default_value = 2.0, .help = "50% is 0.5"},
                    {.name = "--fast", .default_value = false},
                    {.name = "--stage", .default_value = "dev", .choices = {"dev", "live"}},
                    {.name = "--size", .default_value = 1, .choices = {"1", "10"}},
                    {.name = "--token", .default_value = "t0p", .is_secret = true},
                    {.name = "--free-text", .include_in_web_ui = false},
                    {.name = "--land",
                     .default_value = "US,DE",
                     .choices = {"US", "DE", "FR"},
                     .is_multiple = true})
CPPWORKER_LOCUSTFILE(ArgumentsUser)
