#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class ShopUser : public HttpUser {
 public:
  static constexpr int weight = 3;
  static constexpr WaitTime wait_time = between(1s, 5s);

  void on_start() override { client().post("/login", {.json = R"({"user":"foo"})"}); }
  void index() { client().get("/"); }
  void search() {  // a trailing lambda: `with ... catch_response=True as response`
    client().get("/search?q=shoe", {.name = "/search"}, [](CatchResponse& response) {
      if (response.text.empty()) response.failure("no results");
    });
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopUser::index>({.weight = 2}), task<&ShopUser::search>());
  }
};

CPPWORKER_LOCUSTFILE(ShopUser)
