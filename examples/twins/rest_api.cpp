// A REST service: login with a bearer token, then orders from creation to deletion.
#include <cppworker/locust.hpp>

using namespace cppworker;

const std::vector<std::string> skus = {"chair", "desk", "lamp", "shelf"};

struct ApiUser : HttpUser {
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  struct OrderLifecycle : SequentialTaskSet<ApiUser> {
    void create() {
      Value lines;
      const int first = randint(0, 3);
      for (const int sku : {first, (first + randint(1, 3)) % 4}) {
        lines.push_back({{"sku", skus[sku]}, {"quantity", randint(1, 5)}});
      }
      const Value order{
          {"reference", uuid4()}, {"customer", user().name}, {"lines", lines}, {"express", false}};
      client().post("/api/orders", {.json = order}, [&](CatchResponse& response) {
        if (response.status_code != 201) {
          response.failure("not created: " + response.text);
          interrupt();
        }
        url = "/api/orders/" + response.json()["id"].str();
      });
    }

    void read() {
      client().get(url, {.name = "/api/orders/[id]"}, [](auto& response) {
        const Value order = response.json();
        const std::string status = order["status"].str();
        if (status != "new" && status != "paid") response.failure("wrong status " + status);
        if (order["lines"].size() != 2) response.failure("lines are missing");
      });
    }

    void pay() {
      const Value change{{"status", "paid"}, {"amount", 99.5}, {"discount", nullptr}};
      client().patch(url, {.name = "/api/orders/[id]", .json = change});
    }

    void remove() { client().delete_(url, {.name = "/api/orders/[id]"}); }

    void is_gone() {
      client().get(url, {.name = "/api/orders/[id] (deleted)"}, [](auto& response) {
        if (response.status_code == 404) response.success();
      });
      interrupt();
    }

    static constexpr auto tasks() {
      using Set = OrderLifecycle;
      return task_list(task<&Set::create>(), task<&Set::read>({.weight = 2}), task<&Set::pay>(),
                       task<&Set::remove>(), task<&Set::is_gone>());
    }

    std::string url;  // of the order
  };

  void on_start() override {
    name = "customer" + std::to_string(randint(100, 999));
    const Value credentials{{"user", name}, {"password", env("API_PASSWORD", "secret")}};
    const Response response = client().post("/api/login", {.json = credentials});
    client().headers["Authorization"] = "Bearer " + response.json()["token"].str();
  }

  void show_profile() { client().get("/api/customers/me"); }

  void check_stock() { client().get("/api/stock/" + choice(skus), {.name = "/api/stock/[sku]"}); }

  void add_to_wish_list() {
    client().put("/api/wishes/" + choice(skus),
                 {.name = "/api/wishes/[sku]", .json = {{"note", "for later"}}});
  }

  void list_orders() {
    const Pairs query{{"limit", 10}, {"sort", "-created"}};
    client().get("/api/orders", {.name = "/api/orders", .params = query}, [&](auto& response) {
      for (const Value& order : response.json()["orders"]) {
        if (order["customer"] != name) response.failure("an order of another customer");
      }
    });
  }

  void on_stop() override { client().post("/api/logout"); }

  static constexpr auto tasks() {
    return task_list(task<OrderLifecycle>(), task<&ApiUser::show_profile>(),
                     task<&ApiUser::check_stock>(), task<&ApiUser::add_to_wish_list>(),
                     task<&ApiUser::list_orders>({.weight = 2}));
  }

  std::string name;
};

CPPWORKER_LOCUSTFILE(ApiUser)
