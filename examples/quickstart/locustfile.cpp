#include <chrono>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// A visitor of the shop: logs in once, then looks around.
class ShopUser : public HttpUser {
 public:
  static constexpr int weight = 3;
  static constexpr WaitTime wait_time = between(500ms, 1500ms);

  void on_start() override { client().post("/login", {.json = R"({"user": "foo"})"}); }

  void index() { client().get("/"); }

  void view_items() {
    for (int id = 0; id < 3; ++id) {
      client().get("/item?id=" + std::to_string(id), {.name = "/item?id=[id]"});
      sleep_for(100ms);  // suspends this user, not the thread
    }
  }

  // The lambda at the end corresponds to `with ... catch_response=True as response`.
  void search() {
    client().get("/search?q=shoe", {.name = "/search"}, [](CatchResponse& response) {
      if (response.text != "Success") response.failure("Got wrong response");
    });
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopUser::index>(), task<&ShopUser::view_items>({.weight = 3}),
                     task<&ShopUser::search>());
  }
};

/// A member of staff, a third as frequent.
class AdminUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(2s);

  void orders() { client().get("/admin/orders", {.headers = {{"Accept", "application/json"}}}); }

  static constexpr auto tasks() { return task_list(task<&AdminUser::orders>()); }
};

CPPWORKER_LOCUSTFILE(ShopUser, AdminUser)
