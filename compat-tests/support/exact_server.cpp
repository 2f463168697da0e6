// A server that makes exact delays, and prints for each request how long they really were. One
// connection at a time, so that nothing else disturbs a delay.
//
//   GET or POST /NAME?read=US&wait=US&gap=US[&close=1]
//     read  between the first bytes of the request and the rest of its body
//     wait  between the last byte of the request and the first one of the response
//     gap   in the middle of the body of the response
//   prints  request NAME tls=US handshake=US read=US upload=US wait=US gap=US
//
// usage: exact_server [--awake] [--tls CERTIFICATE KEY DELAY_US] [--dns DELAY_US]
//
// --awake: busy waits instead of sleeping, so that the client does not pay for waking it. --tls:
// HTTPS with a delay before each handshake. --dns: also answers each lookup of a name with
// 127.0.0.1, on port 53, with a delay, and prints "lookup NAME US". Prints its port first.
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr microseconds kBusyWait{200};  // the end of each delay: a sleep may take that much longer
constexpr int kReceiveBuffer = 65536;   // small, so that a large body waits for the server

struct Options {
  bool awake = false;
  const char* certificate = nullptr;
  const char* key = nullptr;
  microseconds tls_delay{0};
  bool dns = false;
  microseconds dns_delay{0};
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

double us_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

/// Returns right after `due`.
void wait_until(Clock::time_point due, bool awake) {
  if (!awake) {
    std::this_thread::sleep_until(due - kBusyWait);
  }
  while (Clock::now() < due) {
  }
}

/// For the next bytes: false if the connection has ended.
bool wait_for_bytes(int fd, bool awake) {
  char byte = 0;
  while (true) {
    const long size = recv(fd, &byte, 1, MSG_PEEK | (awake ? MSG_DONTWAIT : 0));
    if (size > 0) {
      return true;
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      return false;
    }
  }
}

int listen_on_loopback(in_port_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer) != 0 ||
      bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0 ||
      listen(fd, 100) != 0) {
    die("exact_server: listening");
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// The number behind `key`, a query's or a header's in any case; 0 if it is not there.
long number_after(const std::string& text, const char* key) {
  const char* at = strcasestr(text.c_str(), key);
  return at == nullptr ? 0 : std::atol(at + std::strlen(key));
}

class Connection {
 public:
  Connection(int fd, SSL_CTX* context, const Options& options) : fd_(fd), options_(options) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (context != nullptr) {
      tls_ = SSL_new(context);
      SSL_set_fd(tls_, fd);
    }
  }
  ~Connection() {
    if (tls_ != nullptr) {
      SSL_shutdown(tls_);
      SSL_free(tls_);
    }
    close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void serve() {
    if (tls_ != nullptr && !shake_hands()) {
      return;
    }
    while (exchange()) {
    }
  }

 private:
  bool shake_hands() {
    if (!wait_for_bytes(fd_, options_.awake)) {
      return false;
    }
    const auto began = Clock::now();
    wait_until(began + options_.tls_delay, options_.awake);
    delay_us_ = us_between(began, Clock::now());
    if (SSL_accept(tls_) != 1) {
      return false;
    }
    handshake_us_ = us_between(began, Clock::now());
    return true;
  }

  /// One request and its response; false after the last one.
  bool exchange() {
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      if (!receive(request)) {
        return false;
      }
    }
    const auto began = Clock::now();
    const std::string head = request.substr(0, request.find("\r\n\r\n") + 4);
    const std::string line = head.substr(0, head.find("\r\n"));
    const std::size_t size =
        head.size() + static_cast<std::size_t>(number_after(head, "Content-Length: "));

    double read_us = 0;
    if (const microseconds delay{number_after(line, "read=")}; delay.count() > 0) {
      wait_until(began + delay, options_.awake);
      read_us = us_between(began, Clock::now());
    }
    for (std::size_t received = request.size(); received < size; received += request.size()) {
      request.clear();
      if (!receive(request)) {
        return false;
      }
    }
    const auto received = Clock::now();
    const double upload_us = us_between(began, received);

    const bool last = number_after(line, "close=") == 1;
    const std::string start = std::string("HTTP/1.1 200 OK\r\n") +
                              (last ? "Connection: close\r\n" : "") +
                              "Content-Length: 6\r\n\r\nabc";
    wait_until(received + microseconds(number_after(line, "wait=")), options_.awake);
    const auto first = Clock::now();
    send_all(start);
    wait_until(first + microseconds(number_after(line, "gap=")), options_.awake);
    const auto second = Clock::now();
    send_all("def");

    const std::size_t name = line.find('/') + 1;
    std::printf("request %s tls=%.1f handshake=%.1f read=%.1f upload=%.1f wait=%.1f gap=%.1f\n",
                line.substr(name, line.find_first_of("? ", name) - name).c_str(), delay_us_,
                handshake_us_, read_us, upload_us, us_between(received, first),
                us_between(first, second));
    std::fflush(stdout);
    delay_us_ = handshake_us_ = 0;
    return !last;
  }

  bool receive(std::string& into) {
    const bool buffered = tls_ != nullptr && SSL_has_pending(tls_) == 1;
    if (!buffered && !wait_for_bytes(fd_, options_.awake)) {
      return false;
    }
    const long size = tls_ == nullptr
                          ? recv(fd_, buffer_.data(), buffer_.size(), 0)
                          : SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()));
    into.append(buffer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return size > 0;
  }

  void send_all(std::string_view text) {
    if (tls_ == nullptr) {
      send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    } else {
      SSL_write(tls_, text.data(), static_cast<int>(text.size()));
    }
  }

  int fd_;
  SSL* tls_ = nullptr;
  const Options& options_;
  double delay_us_ = 0;
  double handshake_us_ = 0;
  std::array<char, 262144> buffer_{};
};

/// Lookups of a name have two questions, for its IPv4 and its IPv6 addresses. The first one is
/// answered after the delay, the second one has no answer records.
void answer_lookups(const Options& options) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(53);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die("exact_server: binding port 53");
  }
  Clock::time_point began;
  bool answered_one = false;
  while (wait_for_bytes(fd, false)) {  // two busy threads would disturb each other
    std::array<unsigned char, 512> message{};
    sockaddr_in client{};
    socklen_t length = sizeof client;
    const long size = recvfrom(fd, message.data(), message.size() - 16, 0,
                               reinterpret_cast<sockaddr*>(&client), &length);
    if (size < 17) {
      continue;
    }
    if (!answered_one) {
      began = Clock::now();
      wait_until(began + options.dns_delay, options.awake);
    }
    std::string name;
    std::size_t at = 12;
    for (; message[at] != 0; at += message[at] + 1U) {
      name.append(name.empty() ? "" : ".")
          .append(reinterpret_cast<const char*>(&message[at + 1]), message[at]);
    }
    const bool asks_for_ipv4 = message[at + 2] == 1;
    at += 5;
    const std::array<unsigned char, 10> flags_and_counts{
        0x81, 0x80, 0, 1, 0, static_cast<unsigned char>(asks_for_ipv4 ? 1 : 0), 0, 0, 0, 0};
    std::memcpy(message.data() + 2, flags_and_counts.data(), flags_and_counts.size());
    if (asks_for_ipv4) {
      const std::array<unsigned char, 16> record{0xc0, 12, 0, 1, 0,   1, 0, 0,
                                                 0,    1,  0, 4, 127, 0, 0, 1};
      std::memcpy(message.data() + at, record.data(), record.size());
      at += record.size();
    }
    const auto done = Clock::now();
    sendto(fd, message.data(), at, 0, reinterpret_cast<sockaddr*>(&client), length);
    if (answered_one) {
      std::printf("lookup %s %.1f\n", name.c_str(), us_between(began, done));
      std::fflush(stdout);
    }
    answered_one = !answered_one;
  }
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--awake") {
      options.awake = true;
    } else if (word == "--tls" && i + 3 < argc) {
      options.certificate = argv[i + 1];
      options.key = argv[i + 2];
      options.tls_delay = microseconds(std::atol(argv[i + 3]));
      i += 3;
    } else if (word == "--dns" && i + 1 < argc) {
      options.dns = true;
      options.dns_delay = microseconds(std::atol(argv[++i]));
    } else {
      std::fputs(
          "usage: exact_server [--awake] [--tls CERTIFICATE KEY DELAY_US] [--dns DELAY_US]\n",
          stderr);
      std::exit(2);
    }
  }
  return options;
}

SSL_CTX* tls_context(const Options& options) {
  if (options.certificate == nullptr) {
    return nullptr;
  }
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, options.key, SSL_FILETYPE_PEM) != 1) {
    die("exact_server: certificate and key");
  }
  SSL_CTX_set_num_tickets(context, 0);  // each handshake is a full one
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = tls_context(options);
  in_port_t port = 0;
  const int listener = listen_on_loopback(port);
  std::thread lookups;
  if (options.dns) {
    lookups = std::thread(answer_lookups, std::cref(options));
  }
  std::printf("%d\n", port);
  std::fflush(stdout);
  while (true) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd < 0) {
      die("exact_server: accepting");
    }
    Connection(fd, context, options).serve();
  }
}
