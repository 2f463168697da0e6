// Makes connections to a host name, one per request, because the server closes each; the twin of
// locustfiles/names.py.

#include <cstdint>
#include <cstdlib>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Calls the function as often as the test wants.
template <class Function>
void repeat(const Function& function) {
  const int count = std::stoi(setting("NAMES_COUNT"));
  for (int i = 0; i < count; ++i) {
    function();
    sleep_for(Seconds{std::stod(setting("NAMES_PAUSE"))});
  }
}

std::string url() { return "http://" + setting("NAMES_HOST") + ":" + setting("NAMES_PORT") + "/"; }

}  // namespace

class HttpNames : public HttpUser {
 public:
  void connect() {
    repeat([this] { client().get(url()); });
  }
  static constexpr auto tasks() { return task_list(task<&HttpNames::connect>()); }
};

class FastNames : public FastHttpUser {
 public:
  void connect() {
    repeat([this] { client().get(url()); });
  }
  static constexpr auto tasks() { return task_list(task<&FastNames::connect>()); }
};

class TcpNames : public User {
 public:
  void connect() {
    repeat([] {
      const auto port = static_cast<std::uint16_t>(std::stoi(setting("NAMES_PORT")));
      TcpStream stream(setting("NAMES_HOST"), port);
      stream.write_all("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      static_cast<void>(stream.read_until("\r\n\r\n"));
    });
  }
  static constexpr auto tasks() { return task_list(task<&TcpNames::connect>()); }
};

CPPWORKER_LOCUSTFILE(HttpNames, FastNames, TcpNames)
