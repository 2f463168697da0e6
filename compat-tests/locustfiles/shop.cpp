/// Users of a web server and of a made-up protocol; the C++ twin of shop.py.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// Requests that succeed, and two kinds of failures.
class ShopUser : public HttpUser {
 public:
  static constexpr double weight = 3;
  static constexpr WaitTime wait_time = constant(100ms);

  void index() { client().get("/"); }
  void item() { client().get("/item?id=7", {.name = "/item?id=[id]"}); }
  void order() { client().post("/order", {.data = "sku=1"}); }
  void missing() { client().get("/missing", {.name = "/missing"}); }
  void unreachable() { client().get("http://127.0.0.1:1/nobody"); }
  void wrong_text() {
    client().get("/text", {}, [](CatchResponse& response) {
      if (response.text != "never this") response.failure("it's not \"this\"");
    });
  }

  static constexpr auto tasks() {
    return task_list(task<&ShopUser::index>({.weight = 3}), task<&ShopUser::item>({.weight = 2}),
                     task<&ShopUser::order>(), task<&ShopUser::missing>(),
                     task<&ShopUser::unreachable>(), task<&ShopUser::wrong_text>());
  }
};

/// Waits about a second for each answer, so that a stop finds it waiting.
class SlowShopUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = constant(0s);

  void slow() { client().get("/slow"); }

  static constexpr auto tasks() { return task_list(task<&SlowShopUser::slow>()); }
};

/// Another protocol: it fires the events itself.
class EchoUser : public User {
 public:
  static constexpr WaitTime wait_time = constant(200ms);

  void echo() {
    fire("ping", 4, {});
    fire("pong", 0, "it's a \"timeout\"");
    fire("refused", 0, "ValueError(\"it's refused\")");
  }
  void fire(std::string_view name, std::int64_t length, std::optional<std::string> exception) {
    environment().events.request.fire({.request_type = "ECHO",
                                       .name = name,
                                       .response_time = 2ms,
                                       .response_length = length,
                                       .exception = std::move(exception)});
  }

  static constexpr auto tasks() { return task_list(task<&EchoUser::echo>()); }
};

CPPWORKER_LOCUSTFILE(ShopUser, SlowShopUser, EchoUser)
