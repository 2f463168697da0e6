#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class WebsiteUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void index() { client().get("/"); }

  void view_item() {
    for (int item_id = 0; item_id < 3; ++item_id) {
      client().get("/item?id=" + std::to_string(item_id), {.name = "/item?id=[id]"});
      sleep_for(20ms);
    }
  }

  static constexpr auto tasks() {
    return task_list(task<&WebsiteUser::index>(), task<&WebsiteUser::view_item>({.weight = 3}));
  }
};

CPPWORKER_LOCUSTFILE(WebsiteUser)
