// Requests to support/exact_server.cpp, each with a name of its own, so that a report has the
// phases of each single request.
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

CPPWORKER_ARGUMENTS({.name = "--scene", .default_value = "kept"},
                    {.name = "--body-bytes", .default_value = 0})

template <class Base>
class Caller : public Base {
 public:
  static constexpr WaitTime wait_time = constant(Seconds{0});

  void on_start() override {
    if constexpr (std::is_same_v<Base, HttpUser>) this->client().verify = false;
    const ParsedOptions& options = this->environment().parsed_options();
    scene_ = options.template get<std::string>("scene");
    body_.assign(static_cast<std::size_t>(options.template get<std::int64_t>("body_bytes")), 'x');
  }

  void run() {
    const std::string name = scene_ + "-" + std::to_string(number_);
    const std::string delays = "?read=" + std::to_string(body_.empty() ? 0 : varied_us(3000)) +
                               "&wait=" + std::to_string(varied_us(2000)) +
                               "&gap=" + std::to_string(varied_us(1500)) +
                               (scene_ == "kept" || scene_ == "upload" ? "" : "&close=1");
    const std::string base = scene_ == "lookup" ? own_host() : "";
    if (body_.empty()) {
      this->client().get(base + "/" + name + delays, {.name = name});
    } else {
      this->client().post(base + "/" + name + delays, {.name = name, .data = body_});
    }
    ++number_;
  }
  static constexpr auto tasks() { return task_list(task<&Caller::run>()); }

 private:
  /// Another one for each request.
  [[nodiscard]] int varied_us(int least) const { return least + number_ * 37 % 1000; }

  /// A host name that was never looked up, with the server's port.
  [[nodiscard]] std::string own_host() const {
    const std::string& host = this->environment().host();
    return "http://h" + std::to_string(number_) + ".test" + host.substr(host.rfind(':'));
  }

  std::string scene_;
  std::string body_;
  int number_ = 0;
};

struct Requests : Caller<HttpUser> {};
struct Fast : Caller<FastHttpUser> {};

CPPWORKER_LOCUSTFILE(Requests, Fast)
