#include <string>
#include <string_view>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// The part between two texts.
std::string between_texts(std::string_view text, std::string_view before, std::string_view after) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return "";
  const auto rest = text.substr(begin + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

class FormUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    // The form has a token that must be sent back; the session keeps the cookies.
    const Response form = client().get("/login");
    const std::string token = between_texts(form.text, "name=\"csrf\" value=\"", "\"");
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
