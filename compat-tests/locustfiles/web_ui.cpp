/// Users whose every trace can be found in the web UI.

#include <chrono>
#include <stdexcept>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace shop {
struct OrderError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
}  // namespace shop

class ShopUser : public HttpUser {
 public:
  static constexpr double weight = 3;
  static constexpr WaitTime wait_time = constant(200ms);

  void index() { client().get("/"); }
  void item() { client().get("/item?id=7", {.name = "/item?id=[id]"}); }
  void missing() { client().get("/missing"); }

  static constexpr auto tasks() {
    return task_list(task<&ShopUser::index>({.weight = 3}), task<&ShopUser::item>({.weight = 2}),
                     task<&ShopUser::missing>());
  }
};

class BrokenUser : public HttpUser {
 public:
  static constexpr double weight = 1;
  static constexpr WaitTime wait_time = constant(1s);

  void order() {
    client().post("/order", {.data = "sku=1"});
    throw shop::OrderError("the order has no number");
  }

  static constexpr auto tasks() { return task_list(task<&BrokenUser::order>()); }
};

CPPWORKER_LOCUSTFILE(ShopUser, BrokenUser)
