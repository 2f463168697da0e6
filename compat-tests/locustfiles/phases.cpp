// Requests whose phases test_phases.py checks. A task makes one of each.
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

CPPWORKER_ARGUMENTS({.name = "--body-bytes", .default_value = 0},
                    {.name = "--closed", .default_value = ""})

template <class Base>
class Caller : public Base {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{0});

  void on_start() override {
    if constexpr (std::is_same_v<Base, HttpUser>) this->client().verify = false;
    body_.assign(static_cast<std::size_t>(
                     this->environment().parsed_options().template get<std::int64_t>("body_bytes")),
                 'x');
  }
  void run() {
    this->client().get("/", {.name = "get"});
    if (!body_.empty()) this->client().post("/", {.name = "post", .data = body_});
    const auto closed = this->environment().parsed_options().template get<std::string>("closed");
    if (!closed.empty()) this->client().get(closed, {.name = "closed"});
  }
  static constexpr auto tasks() { return task_list(task<&Caller::run>()); }

 private:
  std::string body_;
};

struct Requests : Caller<HttpUser> {};
struct Fast : Caller<FastHttpUser> {};

CPPWORKER_LOCUSTFILE(Requests, Fast)
