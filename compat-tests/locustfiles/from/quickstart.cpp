// The skeleton of quickstart.py, written by `cpp-worker --from`. Complete what is marked TODO.

#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

// A shop: visitors look at pages and items, customers log in first.

// import random
// import time

class ShopVisitor : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(1s, 5s);

  void front_page() {
    client().get("/");
    client().get("/static/shop.css");
  }

  void view_items() {
    for (int item_id = 0; item_id < 10; ++item_id) {
      client().get("/item?id=" + std::to_string(item_id), {.name = "/item"});
      sleep_for(1s);
    }
  }

  void search() {
    // TODO: translate from line 25:
    // word = random.choice(["chair", "table", "lamp"])
    // self.client.get("/search", params={"q": word})
  }

  void on_start() override {
    client().post("/login", {.json = R"({"username": "visitor", "password": "secret"})"});
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopVisitor::front_page>(),
                     task<&ShopVisitor::view_items>({.weight = 3}),
                     task<&ShopVisitor::search>({.weight = 2}));
  }
};

CPPWORKER_LOCUSTFILE(ShopVisitor)
