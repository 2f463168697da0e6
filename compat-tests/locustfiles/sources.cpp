// Each user makes connections, one after the other, to the server of test_source_addresses.py.

#include <atomic>
#include <cstdint>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

const int port = env("SOURCES_PORT", 0);
const int udp_port = env("SOURCES_UDP_PORT", 0);

}  // namespace

/// The server closes the connection after each response.
struct Http : HttpUser {
  static constexpr WaitTime wait_time = constant(1ms);
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void get() { client().get("/http"); }
  static constexpr auto tasks() { return task_list(task<&Http::get>()); }
};

/// Its requests are libcurl's.
struct Curl : HttpUser {
  static constexpr WaitTime wait_time = constant(1ms);
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void on_start() override { client().http_version = HttpVersion::kHttp2; }
  void get() { client().get("/curl"); }
  static constexpr auto tasks() { return task_list(task<&Curl::get>()); }
};

struct Fast : FastHttpUser {
  static constexpr WaitTime wait_time = constant(1ms);
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void get() { client().get("/fast"); }
  static constexpr auto tasks() { return task_list(task<&Fast::get>()); }
};

struct Tcp : User {
  static constexpr WaitTime wait_time = constant(1ms);
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void get() {
    environment().events.request.measure("TCP", "/tcp", [](auto&) {
      TcpStream stream("localhost", static_cast<std::uint16_t>(port));
      stream.write_all("GET /tcp HTTP/1.1\r\nHost: x\r\n\r\n");
      static_cast<void>(stream.read_until("\r\n\r\n"));
    });
  }
  static constexpr auto tasks() { return task_list(task<&Tcp::get>()); }
};

struct Udp : User {
  static constexpr WaitTime wait_time = constant(1ms);
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void ask() {
    environment().events.request.measure("UDP", "/udp", [](auto&) {
      UdpSocket socket("127.0.0.1", static_cast<std::uint16_t>(udp_port), 5s);
      socket.send("/udp");
      static_cast<void>(socket.receive());
    });
  }
  static constexpr auto tasks() { return task_list(task<&Udp::ask>()); }
};

/// For support/few_ports.py: the connections of all users are open at the same time.
int next_server_port() {
  static std::atomic<int> turn{0};
  return 8080 + turn++ % 2;
}

struct HeldFast : FastHttpUser {
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void get() {
    client().get("http://127.0.0.1:" + std::to_string(next_server_port()) + "/", {.name = "/"});
  }
  static constexpr auto tasks() { return task_list(task<&HeldFast::get>()); }
};

struct HeldTcp : User {
  inline static const int iterations = env("SOURCES_COUNT", 0);
  void get() {
    environment().events.request.measure("TCP", "/", [](auto&) {
      TcpStream stream("127.0.0.1", static_cast<std::uint16_t>(next_server_port()));
      stream.write_all("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      static_cast<void>(stream.read_until("\r\n\r\n"));
    });
  }
  static constexpr auto tasks() { return task_list(task<&HeldTcp::get>()); }
};

CPPWORKER_LOCUSTFILE(Http, Curl, Fast, Tcp, Udp, HeldFast, HeldTcp)
