// Each user holds one connection to the server of test_many_connections.py, and says goodbye at the
// end.
// end.

#include <cstdint>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

const int port = env("MANY_PORT", 0);

}  // namespace

struct Device : User {
  static constexpr WaitTime wait_time = constant(60s);
  TcpStream stream;

  void on_start() override {
    stream = TcpStream("127.0.0.1", static_cast<std::uint16_t>(port));
    say("hello\n");
  }
  void idle() {}
  void on_stop() override { say("bye\n"); }

  static constexpr auto tasks() { return task_list(task<&Device::idle>()); }

 private:
  void say(std::string_view line) {
    stream.write_all(line);
    static_cast<void>(stream.read_until("\n"));
  }
};

CPPWORKER_LOCUSTFILE(Device)
