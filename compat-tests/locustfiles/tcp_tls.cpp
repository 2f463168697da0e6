// TLS of TcpStream against support/tls_server.py. The environment variables say what a user does.

#include <cstdint>
#include <string>

#include <cppworker/locust.hpp>

using namespace cppworker;

namespace {

const std::string server = env("TLS_HOST", "localhost");
const int port = env("TLS_PORT", 0);
const int size = env("TLS_SIZE", 1000);

/// "": the system's authorities; "no": no check; else a file.
Verify verify() {
  const std::string value = env("TLS_VERIFY", "");
  return value.empty() ? Verify(true) : value == "no" ? Verify(false) : Verify(value);
}

TcpOptions options() {
  TcpOptions result{.timeout = 20s, .tls = Tls{.verify = verify()}};
  if (const std::string cert = env("TLS_CERT", ""); !cert.empty()) {
    result.tls->cert = Cert{cert, env("TLS_KEY", "")};
  }
  if (const std::string alpn = env("TLS_ALPN", ""); !alpn.empty()) {
    result.tls->alpn = {"other/1", alpn};
  }
  result.tls->server_hostname = env("TLS_SERVER_HOSTNAME", "");
  return result;
}

/// Bytes that show a lost or doubled part.
std::string pattern(int count) {
  std::string text(static_cast<std::size_t>(count), '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

}  // namespace

struct Client : User {
  inline static const int iterations = env("TLS_COUNT", 1);

  /// The failure's text is that of the exception.
  template <class Function>
  void measure(const Function& function) {
    environment().events.request.measure("TLS", "row", [&](RequestMeta& request) {
      try {
        function(request);
      } catch (const TcpError& error) {
        request.exception = error.what();
      }
    });
  }

  static TcpStream connect() { return {server, static_cast<std::uint16_t>(port), options()}; }
};

/// Several messages over a connection, the last one large.
struct Echo : Client {
  void echo() {
    measure([](RequestMeta& request) {
      TcpStream stream = connect();
      for (const int count : {1, 100, size}) {
        const std::string data = pattern(count);
        stream.write_all("echo " + std::to_string(count) + "\n" + data);
        const std::string answer = stream.read_exactly(data.size());
        if (answer != data) throw TcpError("the echo differs");
        request.response_length += std::ssize(answer);
      }
      if (stream.wait_readable(0s)) throw TcpError("there is more");
      request.context = {{"alpn", stream.selected_alpn_protocol()}};
      const std::string expected = env("TLS_ALPN", "");
      if (stream.selected_alpn_protocol() != expected) throw TcpError("another ALPN protocol");
    });
  }
  static constexpr auto tasks() { return task_list(task<&Echo::echo>()); }
};

/// Sends and receives `size` bytes at the same time.
struct Both : Client {
  void both() {
    measure([](RequestMeta& request) {
      TcpStream stream = connect();
      stream.write_all("both " + std::to_string(size) + "\n");
      const std::string data = pattern(size);
      gather([&] { stream.write_all(data); },
             [&] {
               std::string received;
               while (std::ssize(received) < size) {
                 const std::string part = stream.read_some();
                 if (part.empty()) throw TcpClosed("the server has closed the connection");
                 received += part;
               }
               if (received != data) throw TcpError("the received data differs");
               request.response_length = std::ssize(received);
             });
      stream.shutdown_write();
      if (stream.read_until("\n") != "complete\n") throw TcpError("the sent data differs");
    });
  }
  static constexpr auto tasks() { return task_list(task<&Both::both>()); }
};

/// The server sends a text and ends the connection.
struct Ending : Client {
  void end() {
    measure([](RequestMeta& request) {
      TcpStream stream = connect();
      stream.write_all(env("TLS_COMMAND", "") + "\n");
      request.response_length = std::ssize(stream.read_until("\n"));
      if (!stream.read_some().empty()) throw TcpError("there is more");
      static_cast<void>(stream.read_exactly(1));
    });
  }
  static constexpr auto tasks() { return task_list(task<&Ending::end>()); }
};

/// Agrees on TLS first, as SMTP does with STARTTLS.
struct StartTls : Client {
  void start() {
    measure([](RequestMeta& request) {
      TcpStream stream(server, static_cast<std::uint16_t>(port), 20s);
      stream.write_all("STARTTLS\n");
      if (stream.read_until("\n") != "go\n") throw TcpError("the server has no STARTTLS");
      stream.start_tls(*options().tls);
      stream.write_all("echo 5\nhello");
      request.response_length = std::ssize(stream.read_exactly(5));
    });
  }
  static constexpr auto tasks() { return task_list(task<&StartTls::start>()); }
};

/// FastHttpUser's text of the same failure.
struct Fast : FastHttpUser {
  static constexpr int iterations = 1;
  void on_start() override { client().verify = verify(); }
  void get() {
    client().get("https://" + server + ":" + std::to_string(port) + "/", {.name = "row"});
  }
  static constexpr auto tasks() { return task_list(task<&Fast::get>()); }
};

CPPWORKER_LOCUSTFILE(Echo, Both, Ending, StartTls, Fast)
