#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// A client for a line protocol; the server echoes each line.
class EchoClient {
 public:
  EchoClient(Environment& environment, std::string_view address) : environment_(environment) {
    const auto colon = address.rfind(':');
    stream_ =
        TcpStream(std::string(address.substr(0, colon)),
                  static_cast<std::uint16_t>(std::stoi(std::string(address.substr(colon + 1)))));
  }

  void echo(const std::string& line) {
    environment_.events.request.measure("ECHO", line, [&](RequestMeta& request) {
      stream_.write_all(line + "\n");
      const std::string answer = stream_.read_until("\n");
      request.response_length = static_cast<std::int64_t>(answer.size());
      if (answer != line + "\n") {
        throw std::runtime_error("the echo differs from the line");
      }
    });
  }

 private:
  Environment& environment_;
  TcpStream stream_;
};

class EchoUser : public User {
 public:
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void hello() { client_.echo("hello"); }
  void goodbye() { client_.echo("goodbye"); }

  static constexpr auto tasks() {
    return task_list(task<&EchoUser::hello>(), task<&EchoUser::goodbye>());
  }

 private:
  EchoClient client_{environment(), base_host()};
};

CPPWORKER_LOCUSTFILE(EchoUser)
