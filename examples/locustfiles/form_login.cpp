#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class FormUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    // The form has a token that must be sent back; the session keeps the cookies.
    const Response form = client().get("/login");
    const std::string token = search(form.text, R"re(name="csrf" value="([^"]*)")re", 1);
    client().post("/login", {.form = {{"user", "ann"}, {"password", "secret"}, {"csrf", token}}});
  }

  void profile() {
    client().get("/profile", {}, [](CatchResponse& response) {
      if (response.text.find("Hello ann") == std::string::npos) {
        response.failure("not logged in");
      }
    });
  }

  static constexpr auto tasks() { return task_list(task<&FormUser::profile>()); }
};

CPPWORKER_LOCUSTFILE(FormUser)
