#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class ShopUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(20ms, 60ms);

  void on_start() override {
    client().headers["X-Api-Key"] = environment().parsed_options().get<std::string>("api_key");
  }

  void browse() {
    const ParsedOptions options = environment().parsed_options();
    const auto category = options.get<std::string>("category");
    for (int item = 0; item < options.get<int>("items"); ++item) {
      client().get("/" + category + "/" + std::to_string(item),
                   {.name = "/" + category + "/[item]"});
    }
  }

  static constexpr auto tasks() { return task_list(task<&ShopUser::browse>()); }
};

CPPWORKER_ARGUMENTS({.name = "--category",
                     .default_value = "books",
                     .help = "What to look at",
                     .choices = {"books", "music"}},
                    {.name = "--items", .default_value = 3, .help = "How many of them in a task"},
                    {.name = "--api-key",
                     .default_value = "",
                     .help = "The shop's key",
                     .env_var = "SHOP_API_KEY",
                     .is_secret = true})
CPPWORKER_LOCUSTFILE(ShopUser)
