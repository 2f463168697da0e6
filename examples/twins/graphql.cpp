// A GraphQL service. A page sends its queries at the same time, as a browser does.
#include <functional>
#include <map>

#include <cppworker/locust.hpp>

using namespace cppworker;

const std::map<std::string, std::string> queries = {
    {"Profile", "query Profile { me { id name } }"},
    {"News", "query News($first: Int!) { news(first: $first) { title } }"},
    {"Products", "query Products($page: Int!) { products(page: $page) { id } }"},
    {"Search", "query Search($text: String!) { search(text: $text) { id } }"},
    {"Product", "query Product($id: ID!) { product(id: $id) { id name price } }"},
    {"Orders", "query Orders { orders { id total } }"},
    {"Rate", "mutation Rate($id: ID!, $stars: Int!) { rate(id: $id, stars: $stars) { average } }"},
};

struct GraphQLUser : HttpUser {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  /// Returns the data; an answer with errors is a failure, whatever its status.
  Value query(const std::string& operation, const Value::Map& variables) {
    const Value body{
        {"operationName", operation}, {"query", queries.at(operation)}, {"variables", variables}};
    const RequestOptions options{.name = "/graphql " + operation,
                                 .json = body,
                                 .headers = {{"Authorization", "Bearer graph-token"}}};
    const Response response = client().post("/graphql", options, [](CatchResponse& response) {
      const Value answer = response.json();
      if (!answer.contains("errors")) return;
      const Value& error = answer["errors"][0];
      response.failure(error["extensions"]["code"].str() + ": " + error["message"].str());
    });
    return response.json().get("data", Value());
  }

  void dashboard() {
    const auto [profile, news] = gather([&] { return query("Profile", {}); },
                                        [&] {
                                          return query("News", {{"first", 5}});
                                        });
    require(profile["me"]["name"] == "Ann" && news["news"].size() == 5, "wrong dashboard");
  }

  void catalogue() {
    std::vector<std::function<Value()>> details;
    for (const Value& product : query("Products", {{"page", randint(1, 3)}})["products"]) {
      details.push_back([this, id = product["id"]] { return query("Product", {{"id", id}}); });
    }
    double total = 0;
    for (const Value& detail : gather(details)) total += detail["product"]["price"].get<double>();
    require(total > 0, "everything is free");
  }

  void search() { query("Search", {{"text", choice({"lamp", "größe", "50 %"})}}); }

  void orders() { query("Orders", {}); }

  void rate() {
    const std::string id = "p" + std::to_string(randint(1, 9));
    const Value rating = query("Rate", {{"id", id}, {"stars", randint(1, 6)}});
    if (rating.is_none()) return;
    const double average = rating["rate"]["average"].get<double>();
    require(average >= 1 && average <= 5, "wrong average");
  }

  static constexpr auto tasks() {
    using Self = GraphQLUser;
    return task_list(task<&Self::dashboard>({.weight = 2}), task<&Self::catalogue>({.weight = 2}),
                     task<&Self::search>(), task<&Self::orders>(), task<&Self::rate>());
  }
};

CPPWORKER_LOCUSTFILE(GraphQLUser)
