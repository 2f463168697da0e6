// Users with requests that fail, for test_tabs.py.
#include <chrono>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;
using namespace std::string_literals;

CPPWORKER_ARGUMENTS({.name = "--token", .default_value = "t0ken-of-nobody", .is_secret = true})

class TabUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);

  void good() { client().get("/good"); }
  /// The server answers with markup.
  void markup() { client().get("/markup?<b>a</b>&token=" + token(), {.name = "/<b>markup</b>"}); }
  void order() {
    client().post("/order", {.data = "two  spaces, it's   $HOME\n\\  'quoted  text'",
                             .headers = {{"Authorization", "Bearer " + token()},
                                         {"X-Spaces", "some  spaces"}}});
  }

  static constexpr auto tasks() {
    return task_list(task<&TabUser::good>({.weight = 3}), task<&TabUser::markup>(),
                     task<&TabUser::order>());
  }

 private:
  std::string token() { return environment().parsed_options().get<std::string>("token"); }
};

CPPWORKER_LOCUSTFILE(TabUser)
