#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// Looks for a cookie and a header that the server never sends; the C++ twin of missing.py.
class FormUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(100ms);

  void send_cookie() {
    const Response form = client().get("/login");
    const std::string token = form.cookies()["csrftoken"];
    client().post("/with-token", {.form = {{"csrf", token}}});
  }
  void send_header() {
    const std::string id = client().get("/login").headers["X-Request-Id"];
    client().post("/with-token", {.data = id});
  }
  static constexpr auto tasks() {
    return task_list(task<&FormUser::send_cookie>(), task<&FormUser::send_header>());
  }
};

CPPWORKER_LOCUSTFILE(FormUser)
