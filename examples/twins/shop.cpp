// A web shop. The tasks are functions that two classes of users share.
#include <cppworker/locust.hpp>

using namespace cppworker;

const std::vector<std::string> categories = {"books", "games", "music"};
const std::vector<std::string> searches = {"red shoes", "50% off", "cups & plates", "größe 42",
                                           "unicorn"};

void home(HttpUser& user) { user.client().get("/shop/"); }

void browse(HttpUser& user) {
  user.client().get("/shop/category/" + choices(categories, {5, 3, 2})[0],
                    {.name = "/shop/category/[name]", .params = {{"page", randint(1, 3)}}});
}

void look(HttpUser& user) {
  const std::string product = std::to_string(randint(1, 40));
  user.client().get("/shop/product/" + product, {.name = "/shop/product/[id]"}, [](auto& response) {
    if (response.status_code == 404) return response.success();  // this product is sold out
    if (!search_if(response.text, "Add to cart")) response.failure("the page has no button");
  });
}

void reviews(HttpUser& user) {
  user.client().get("/shop/product/" + std::to_string(randint(1, 40)) + "/reviews",
                    {.name = "/shop/product/[id]/reviews"});
}

void search_products(HttpUser& user) {
  const std::string text = choice(searches);
  const RequestOptions options{.name = "/shop/search", .params = {{"q", text}}};
  user.client().get("/shop/search", options, [&](auto& response) {
    if (response.json()["count"] == 0) response.failure("no results for " + text);
  });
}

void subscribe(HttpUser& user) {
  const std::string email = std::to_string(randint(1, 999)) + "@example.com";
  user.client().post("/shop/newsletter", {.form = {{"email", email}, {"weekly", "on"}}});
}

void show_cart(HttpUser& user) { user.client().get("/shop/cart"); }

void add_to_cart(HttpUser& user) {
  const bool gift = uniform(0, 1) < 0.2;
  const Value product{{"id", randint(1, 9)}, {"quantity", randint(1, 3)}, {"gift", gift}};
  user.client().post("/shop/cart", {.json = product});
}

void buy(HttpUser& user) {
  add_to_cart(user);
  int total = 0;
  for (const Value& item : user.client().get("/shop/cart").json()["items"]) {
    total += item["price"].get<int>() * item["quantity"].get<int>();
  }
  const Value card{{"number", "4111 1111"}, {"cvc", 123}};
  user.client().post("/shop/checkout", {.json = {{"total", total}, {"card", card}}});
}

struct Visitor : HttpUser {
  static constexpr double weight = 2;
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  static constexpr auto tasks() {
    return task_list(task<home>(), task<browse>({.weight = 3}), task<look>({.weight = 4}),
                     task<reviews>({.weight = 2}), task<search_products>({.weight = 2}),
                     task<subscribe>());
  }
};

struct Buyer : HttpUser {
  static constexpr WaitTime wait_time = between(200ms, 400ms);

  void on_start() override { client().get("/shop/offers"); }

  static constexpr auto tasks() {
    return task_list(task<browse>(), task<look>(), task<show_cart>(), task<buy>());
  }
};

CPPWORKER_LOCUSTFILE(Visitor, Buyer)
