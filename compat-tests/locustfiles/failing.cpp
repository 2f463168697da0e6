// Requests that fail, each once, for test_failure_samples.py. The server tells them apart by the
// header X-Case.
#include <atomic>
#include <stdexcept>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::string_literals;

CPPWORKER_ARGUMENTS({.name = "--token", .default_value = "default-t0ken", .is_secret = true},
                    {.name = "--closed", .default_value = ""},
                    {.name = "--load", .default_value = 0})

/// The requests whose curl line is compared with them.
template <class Client>
void make_requests(Client& client, const std::string& prefix) {
  const auto headers = [&prefix](const std::string& name) {
    return Headers{{"X-Case", prefix + name}};
  };
  client.get("/status/500?a=b&c=%20d", {.headers = headers("get")});
  client.get("/status/404/[x]/../y/{z}/caf\xC3\xA9", {.headers = headers("path")});
  client.head("/status/500", {.headers = headers("head")});
  client.request("DELETE", "/status/403", {.headers = headers("delete")});
  client.request("OPTIONS", "/status/500", {.headers = headers("options")});
  client.post("/status/500", {.headers = headers("no-body")});
  client.post("/status/500", {.data = "it's \"quoted\" `x` $HOME !! \\n %s\n\tline\r\n",
                              .headers = headers("quotes")});
  client.post("/status/500", {.data = "@/etc/hostname", .headers = headers("at")});
  client.post("/status/500",
              {.data = "\x00\x01\xFF\xFE'%\\ \x7F\x1B\n"s, .headers = headers("binary")});
  client.put("/status/500", {.json = {{"name", "J\xC3\xBCrgen \xE2\x98\x83"}, {"n", 1.5}},
                             .headers = headers("json")});
  client.patch("/status/500", {.form = {{"a b", "c&d"}, {"e", "=+%"}}, .headers = headers("form")});
  client.post("/status/500", {.files = {{.name = "f", .content = "\x00png\r\n\xFF"s}},
                              .headers = headers("files")});
  Headers odd = headers("headers");
  odd["X-Quotes"] = "it's \"$HOME\" `id` \\";
  odd["X-Latin"] = "caf\xC3\xA9";
  odd["X-Empty"] = "";
  odd["Accept"] = "text/html";
  odd["Host"] = "other.example:81";
  client.get("/status/500", {.headers = odd});
}

/// Failures of other kinds.
template <class Client>
void fail_otherwise(Client& client, const ParsedOptions& options) {
  const auto token = options.get<std::string>("token");
  client.get("/status/200", {.name = "/checked"},
             [](CatchResponse& response) { response.failure("it's not what I want"); });
  client.get("/status/200", {.name = "/unchecked"},
             [](CatchResponse& response) { response.success(); });
  client.get("/redirect/status/500", {.name = "/redirected"});
  client.get(options.get<std::string>("closed"), {.name = "/closed"});
  client.get("/long", {.name = "/long"});
  client.get("/image", {.name = "/image"});
  client.get("/markup", {.name = "<script>document.title = 'changed'</script>"});
  client.get("/cut", {.name = "/cut"});
  const std::string in_url = quote_plus(token);
  client.post("/echo?token=" + in_url,
              {.data = "token=" + token,
               .headers = {{"Authorization", "Bearer b3arer-token"},
                           {"X-Api-Key", "api-k3y-value"},
                           {"X-Token", token}},
               .cookies = {{"session", "c00kie-value"}}},
              [&](CatchResponse& response) { response.failure("wrong token " + token); });
  client.get("/echo/twice", {.name = "/auth", .auth = Auth{"ann", "passw0rd-of-ann"}});
}

/// Every user runs its requests once, then it makes the same few failures again and again if --load
/// was given.
template <class Base>
class Failing : public Base {
 public:
  static constexpr WaitTime wait_time = constant(1ms);

 protected:
  void fail(const std::string& prefix) {
    const ParsedOptions options = this->environment().parsed_options();
    if (options.template get<int>("load") == 0) {
      make_requests(this->client(), prefix);
      fail_otherwise(this->client(), options);
      throw StopUser{};
    }
    for (int i = 0; i < 10; ++i) {
      this->client().get("/long", {.name = "/load"});
      this->client().get("/status/404", {.name = "/load"});
      this->client().post("/status/200", {.name = "/load", .data = "x"},
                          [](CatchResponse& response) { response.failure("no"); });
    }
  }
};

class Requests : public Failing<HttpUser> {
 public:
  static constexpr int fixed_count = 1;
  void run() { fail("requests "); }
  static constexpr auto tasks() { return task_list(task<&Requests::run>()); }
};

class Fast : public Failing<FastHttpUser> {
 public:
  static constexpr int fixed_count = 1;
  void run() { fail("fast "); }
  static constexpr auto tasks() { return task_list(task<&Fast::run>()); }
};

class Own : public User {
 public:
  static constexpr int fixed_count = 1;
  static constexpr WaitTime wait_time = constant(1ms);
  void ask() {
    const std::string token = environment().parsed_options().get<std::string>("token");
    environment().events.request.measure("ECHO", "ask", [&](RequestMeta& meta) {
      meta.detail = "sent: HELLO " + token + "\nreceived: WHO?";
      throw std::runtime_error("not understood");
    });
    environment().events.request.measure("ECHO", "ask",
                                         [](RequestMeta& meta) { meta.detail = "succeeded"; });
    environment().events.request.fire({.request_type = "ECHO",
                                       .name = "fired",
                                       .response_time = Milliseconds{5},
                                       .exception = "no luck",
                                       .detail = "by hand"});
    throw StopUser{};
  }
  static constexpr auto tasks() { return task_list(task<&Own::ask>()); }
};

CPPWORKER_LOCUSTFILE(Requests, Fast, Own)
