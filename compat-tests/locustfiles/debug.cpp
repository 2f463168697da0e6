#include <cppworker/locust.hpp>

using namespace cppworker;

/// What --debug-user shows of HTTP: an answer, redirects, failures, TLS.
class WebUser : public HttpUser {
 public:
  void browse() {
    const auto options = environment().parsed_options();
    client().get("/debug/set_cookie?a=seen%3Dyes");
    client().get("/debug/redirect/302/text", {.name = "moved"});
    client().get("/debug/status/404/Not Found");
    client().get("http://127.0.0.1:1/nobody");
    const auto secure = options.get<std::string>("secure");
    client().get(secure + "/debug/json",
                 {.name = "trusted", .verify = options.get<std::string>("ca")});
    client().get(secure + "/debug/json", {.name = "untrusted"});
  }
  static constexpr auto tasks() { return task_list(task<&WebUser::browse>()); }
};

CPPWORKER_ARGUMENTS({.name = "--secure", .default_value = ""},
                    {.name = "--ca", .default_value = ""})
CPPWORKER_LOCUSTFILE(WebUser)
