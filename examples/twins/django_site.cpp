// A Django site. Each POST sends the cookie's CSRF token, which Django changes at the login.
#include <cppworker/locust.hpp>

using namespace cppworker;

struct DjangoUser : HttpUser {
  static constexpr WaitTime wait_time = between(100ms, 300ms);

  void on_start() override {
    client().get("/django/login/");
    const std::string name = "editor" + std::to_string(randint(1, 9));
    submit("/django/login/",
           {{"username", name}, {"password", "secret"}, {"next", "/django/notes/"}});
  }

  /// Posts a form as a browser does. A form with an error comes back with status 200.
  Response submit(const std::string& path, Pairs fields) {
    fields.emplace_back("csrfmiddlewaretoken", client().cookies["csrftoken"]);
    const Headers headers{{"Referer", std::string(base_host()) + path}};
    return client().post(path, {.form = fields, .headers = headers}, [](auto& response) {
      if (search_if(response.text, "errorlist")) response.failure("the form has errors");
      if (response.status_code == 403) response.failure("CSRF verification failed");
    });
  }

  void read_notes() {
    if (search_if(client().get("/django/notes/").text, "Log in")) on_start();
  }

  void read_note() {
    const std::string url = "/django/notes/" + std::to_string(randint(1, 20)) + "/";
    client().get(url, {.name = "/django/notes/[id]/"});
  }

  void search_notes() {
    const Pairs query{{"q", "cotton"}, {"page", 1}};
    client().get("/django/notes/", {.name = "/django/notes/?q=[text]", .params = query});
  }

  void change_settings() {
    submit("/django/settings/", {{"language", choice({"de", "en"})}, {"mails", "on"}});
  }

  void add_note() {
    const std::string title = choice({"Shopping", "Ideas", ""});
    const Pairs note{{"title", title}, {"text", "100 % cotton & <b>bold</b>"}, {"priority", 3}};
    const Response response = submit("/django/notes/add/", note);
    if (!title.empty() && !response.history.empty()) {
      require(response.url.ends_with("/django/notes/"), response.url);
    }
  }

  void like() {
    const std::string url = "/django/api/notes/" + std::to_string(randint(1, 20)) + "/like/";
    const Headers headers{{"X-CSRFToken", client().cookies.get("csrftoken", "")},
                          {"X-Requested-With", "XMLHttpRequest"}};
    const RequestOptions options{.name = "/django/api/notes/[id]/like/", .headers = headers};
    client().post(url, options, [](CatchResponse& response) {
      if (!response.ok() || response.json()["likes"].get<int>() > 0) return;
      response.failure("the like was not counted");
    });
  }

  void on_stop() override { submit("/django/logout/", {}); }

  static constexpr auto tasks() {
    using Self = DjangoUser;
    return task_list(task<&Self::read_notes>({.weight = 4}), task<&Self::read_note>(),
                     task<&Self::search_notes>(), task<&Self::change_settings>({.tags = {"write"}}),
                     task<&Self::add_note>({.weight = 2, .tags = {"write"}}),
                     task<&Self::like>({.tags = {"write", "api"}}));
  }
};

CPPWORKER_LOCUSTFILE(DjangoUser)
