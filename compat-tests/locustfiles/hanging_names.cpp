// Users of host names that the name server does not answer, or answers with an error for some time,
// and users of another name.

#include <string_view>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

constexpr WaitTime interval = constant(100ms);
constexpr std::string_view hanging = "http://hanging.test:8080";

}  // namespace

class HttpHanging : public HttpUser {
 public:
  static constexpr std::string_view host = hanging;
  static constexpr WaitTime wait_time = interval;
  void get() { client().get("/", {.name = "HttpHanging"}); }
  static constexpr auto tasks() { return task_list(task<&HttpHanging::get>()); }
};

/// Its requests are libcurl's.
class CurlHanging : public HttpUser {
 public:
  static constexpr std::string_view host = hanging;
  static constexpr WaitTime wait_time = interval;
  void on_start() override { client().http_version = HttpVersion::kHttp2; }
  void get() { client().get("/", {.name = "CurlHanging"}); }
  static constexpr auto tasks() { return task_list(task<&CurlHanging::get>()); }
};

class FastHanging : public FastHttpUser {
 public:
  static constexpr std::string_view host = hanging;
  static constexpr WaitTime wait_time = interval;
  void get() { client().get("/", {.name = "FastHanging"}); }
  static constexpr auto tasks() { return task_list(task<&FastHanging::get>()); }
};

class TcpHanging : public User {
 public:
  static constexpr WaitTime wait_time = interval;
  void connect() {
    environment().events.request.measure("GET", "TcpHanging",
                                         [](auto&) { TcpStream stream("hanging.test", 8080); });
  }
  static constexpr auto tasks() { return task_list(task<&TcpHanging::connect>()); }
};

class Failing : public FastHttpUser {
 public:
  static constexpr std::string_view host = "http://failing.test:8080";
  static constexpr WaitTime wait_time = interval;
  void get() { client().get("/", {.name = "Failing"}); }
  static constexpr auto tasks() { return task_list(task<&Failing::get>()); }
};

/// The server closes each connection, so that the name is looked up again every second.
class Steady : public FastHttpUser {
 public:
  static constexpr std::string_view host = "http://steady.test:8080";
  static constexpr WaitTime wait_time = constant(500ms);
  void get() { client().get("/", {.name = "Steady"}); }
  static constexpr auto tasks() { return task_list(task<&Steady::get>()); }
};

CPPWORKER_LOCUSTFILE(HttpHanging, CurlHanging, FastHanging, TcpHanging, Failing, Steady)
