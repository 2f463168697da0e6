// A shop of HTML forms. Links, hidden fields and messages are found with regular expressions.
#include <cppworker/locust.hpp>

using namespace cppworker;

constexpr auto kToken = R"re(<input type="hidden" name="token" value="([^"]+)")re";
constexpr auto kItem = R"re(<a class="item" href="([^"]+)">)re";
constexpr auto kImage = R"re(<img src="([^"]+)")re";
constexpr auto kError = R"re((?s)<p class="error">\s*(.*?)\s*</p>)re";

struct FormShopUser : HttpUser {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    const std::string token = search(client().get("/forms/login").text, kToken, 1);
    const std::string user = "user" + std::to_string(randint(10, 50));
    const Pairs account{{"token", token}, {"user", user}, {"password", "secret"}};
    client().post("/forms/login", {.form = account});
  }

  /// Opens a random item of the catalogue; returns its path and page.
  std::pair<std::string, std::string> open_item() {
    const std::string link = choice(findall(client().get("/forms/catalogue").text, kItem));
    return {link, client().get(link, {.name = "/forms/item/[id]"}).text};
  }

  void browse() {
    for (const std::string& image : findall(open_item().second, kImage)) {
      client().get(image, {.name = "/forms/image/[id]"});
    }
  }

  void read_help() { client().get("/forms/help"); }

  void ask_support() {
    const std::string token = search(client().get("/forms/support").text, kToken, 1);
    const Pairs question{{"token", token}, {"subject", "Where is it?"}, {"order", 17}};
    client().post("/forms/support", {.form = question});
  }

  void order() {
    const auto [link, page] = open_item();
    const Pairs form{{"token", search(page, kToken, 1)},
                     {"price", search(page, R"(Price: (?P<price>\d+\.\d\d))", "price")},
                     {"quantity", randint(1, 5)},
                     {"gift", choice({"yes", "no"})}};
    const RequestOptions options{.name = "/forms/item/[id]/order", .form = form};
    client().post(link + "/order", options, [](auto& response) {
      if (const auto error = search_if(response.text, kError, 1)) return response.failure(*error);
      if (!search_if(response.text, R"(Order #\d+ confirmed)")) response.failure("not confirmed");
    });
  }

  static constexpr auto tasks() {
    using Self = FormShopUser;
    return task_list(task<&Self::browse>({.weight = 3}), task<&Self::read_help>(),
                     task<&Self::ask_support>(), task<&Self::order>({.weight = 2}));
  }
};

CPPWORKER_LOCUSTFILE(FormShopUser)
