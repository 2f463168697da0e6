#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

/// A visitor of a shop: logs in once, then looks at the front page and at items.
class ShopVisitor : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(1s);

  void on_start() override { client().post("/login", {.json = {{"user", "ann"}}}); }

  void front_page() { client().get("/"); }

  void view_item() {
    client().get("/item?id=" + std::to_string(randint(0, 99)), {.name = "/item?id=[id]"});
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopVisitor::front_page>(),
                     task<&ShopVisitor::view_item>({.weight = 3}));
  }
};

CPPWORKER_LOCUSTFILE(ShopVisitor)
