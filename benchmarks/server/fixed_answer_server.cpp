// A server that is cheaper than any load generator: edge-triggered epoll, the same answers to all.
//
//   GET /fixed    1 KiB          GET /delayed  after 1 to 10 ms; X-Delay-Us says how long it was
//   GET /large    64 KiB         GET /served   the number of answers to the three so far
//
// usage: fixed_answer_server CERTIFICATE KEY AWAKE_US CPU...
//
// One thread for each CPU, pinned to it. It sleeps only AWAKE_US after its last event: whoever
// sends to a sleeping thread pays for waking it, which a generator wouldn't if the server were
// elsewhere. Listens on all addresses of the loopback device, on two ephemeral ports that it
// prints: HTTP and HTTPS.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "arrival.hpp"

namespace {

using Clock = std::chrono::system_clock;  // that of the kernel's time stamps

struct alignas(128) Counter {
  std::atomic<unsigned long long> value{0};
};
std::deque<Counter> served;  // one for each thread

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string answer(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kFixed = answer(std::string(1024, 'x'));
const std::string kLarge = answer(std::string(std::size_t{64} * 1024, 'x'));

void raise_open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// On the loopback device only. With `reuse`, several listeners may share the port.
int bound_socket(in_port_t& port, bool reuse) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = reuse ? 1 : 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0 || bind(fd, generic, length) != 0 ||
      getsockname(fd, generic, &length) != 0) {
    die("fixed_answer_server: binding");
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// Of several listeners, the kernel picks that of the client's CPU.
int listen_on(in_port_t& port, int cpu) {
  if (port == 0) {  // one that nobody else has: a shared one might already be shared by others
    close(bound_socket(port, false));
  }
  const int listener = bound_socket(port, true);
  if (setsockopt(listener, SOL_SOCKET, SO_INCOMING_CPU, &cpu, sizeof cpu) != 0 ||
      listen(listener, 4096) != 0) {
    die("fixed_answer_server: listening");
  }
  return listener;
}

struct Connection {
  int fd = -1;
  unsigned long long id = 0;  // file descriptors come again
  SSL* tls = nullptr;
  std::string unsent;
  bool stamped = false;
  Clock::time_point arrival;

  ~Connection() {
    SSL_free(tls);
    close(fd);
  }

  /// As recv(): 0 and less also when there is nothing to read yet.
  long read(char* into, std::size_t size) {
    if (tls != nullptr) {
      return SSL_read(tls, into, static_cast<int>(size));
    }
    return stamped ? receive_with_arrival(fd, into, size, arrival) : recv(fd, into, size, 0);
  }

  /// From now on `arrival` is when the kernel got a request: a busy server reads it later.
  void stamp_arrivals() {
    const int on = 1;
    stamped = tls == nullptr && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0;
  }

  void write(std::string_view text) {
    while (unsent.empty() && !text.empty()) {  // TLS sends a record of 16 KiB at a time
      const long sent = tls == nullptr ? send(fd, text.data(), text.size(), MSG_NOSIGNAL)
                                       : SSL_write(tls, text.data(), static_cast<int>(text.size()));
      if (sent <= 0) {
        break;
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    unsent += text;
  }

  void flush() {
    if (!unsent.empty()) {
      write(std::exchange(unsent, {}));
    }
  }
};

class Loop {
 public:
  Loop(SSL_CTX* tls, int plain_listener, int tls_listener, std::chrono::microseconds stays_awake,
       Counter& counter)
      : tls_(tls),
        plain_listener_(plain_listener),
        tls_listener_(tls_listener),
        stays_awake_(stays_awake),
        served_(counter) {
    watch(plain_listener, EPOLLIN);
    watch(tls_listener, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 1024> events{};
    auto last_event = std::chrono::steady_clock::now();
    while (true) {
      const bool awake = std::chrono::steady_clock::now() - last_event < stays_awake_;
      const timespec wait = awake ? timespec{} : until_next_delayed();
      const int ready = epoll_pwait2(epoll_, events.data(), events.size(),
                                     awake || !delayed_.empty() ? &wait : nullptr, nullptr);
      if (ready > 0) {
        last_event = std::chrono::steady_clock::now();
      }
      for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == plain_listener_ || event.data.fd == tls_listener_) {
          accept_all(event.data.fd);
        } else {
          handle(event.data.fd, event.events);
        }
      }
      answer_delayed();
    }
  }

 private:
  struct Delayed {
    Clock::time_point due;
    Clock::time_point received;
    int fd;
    unsigned long long id;
    bool operator>(const Delayed& other) const { return due > other.due; }
  };

  void watch(int fd, unsigned events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all(int listener) {
    while (true) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) {
        return;
      }
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      connection->id = ++last_id_;
      if (listener == tls_listener_) {
        connection->tls = SSL_new(tls_);
        SSL_set_fd(connection->tls, fd);
        SSL_set_accept_state(connection->tls);
      }
      if (connections_.size() <= static_cast<std::size_t>(fd)) {
        connections_.resize(static_cast<std::size_t>(fd) + 1);
      }
      connections_[static_cast<std::size_t>(fd)] = std::move(connection);
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
  }

  void handle(int fd, unsigned events) {
    auto& connection = connections_[static_cast<std::size_t>(fd)];
    if ((events & EPOLLOUT) != 0) {
      connection->flush();
    }
    if ((events & EPOLLIN) != 0) {
      const long size = connection->read(buffer_.data(), buffer_.size());
      if (size > 0) {
        // The generators' requests are small and arrive whole.
        respond(*connection, {buffer_.data(), static_cast<std::size_t>(size)});
      }
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
      connection.reset();
    }
  }

  void respond(Connection& connection, std::string_view request) {
    if (request.starts_with("GET /served ")) {
      unsigned long long sum = 0;
      for (const Counter& counter : served) {
        sum += counter.value.load(std::memory_order_relaxed);
      }
      connection.write(answer(std::to_string(sum)));
      return;
    }
    if (request.starts_with("GET /delayed ")) {
      const auto now = Clock::now();
      delayed_.push({now + std::chrono::microseconds(delay_us_(random_)),
                     connection.stamped ? connection.arrival : now, connection.fd, connection.id});
      if (!connection.stamped) {
        connection.stamp_arrivals();  // of the requests that follow
      }
      return;
    }
    count();
    connection.write(request.starts_with("GET /large ") ? kLarge : kFixed);
  }

  void answer_delayed() {
    while (!delayed_.empty() && delayed_.top().due <= Clock::now()) {
      const Delayed delayed = delayed_.top();
      delayed_.pop();
      const auto& connection = connections_[static_cast<std::size_t>(delayed.fd)];
      if (connection == nullptr || connection->id != delayed.id) {
        continue;
      }
      count();
      const std::chrono::duration<double, std::micro> took = Clock::now() - delayed.received;
      connection->write(answer("x", "X-Delay-Us: " + std::to_string(took.count()) + "\r\n"));
    }
  }

  [[nodiscard]] timespec until_next_delayed() const {
    if (delayed_.empty()) {
      return {};
    }
    const auto ns = (delayed_.top().due - Clock::now()).count();
    return {0, ns > 0 ? ns : 0};  // delays are below a second
  }

  void count() {
    served_.value.store(served_.value.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
  }

  int epoll_ = epoll_create1(0);
  SSL_CTX* tls_;
  int plain_listener_;
  int tls_listener_;
  std::chrono::microseconds stays_awake_;
  Counter& served_;
  unsigned long long last_id_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;  // by file descriptor
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
  std::array<char, 16384> buffer_{};
  std::minstd_rand random_{1};
  std::uniform_int_distribution<int> delay_us_{1'000, 10'000};
};

SSL_CTX* tls_context(const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    die("fixed_answer_server: certificate and key");
  }
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: fixed_answer_server CERTIFICATE KEY AWAKE_US CPU...\n", stderr);
    return 2;
  }
  raise_open_file_limit();
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  SSL_CTX* tls = tls_context(argv[1], argv[2]);
  in_port_t plain_port = 0;
  in_port_t tls_port = 0;
  std::vector<std::thread> threads;
  const std::chrono::microseconds stays_awake(std::atoi(argv[3]));
  for (int i = 4; i < argc; ++i) {
    const int cpu = std::atoi(argv[i]);
    const int plain = listen_on(plain_port, cpu);
    const int secure = listen_on(tls_port, cpu);
    Counter& counter = served.emplace_back();
    threads.emplace_back([=, &counter] {
      pin_to(cpu);
      Loop(tls, plain, secure, stays_awake, counter).run();
    });
  }
  std::printf("%d %d\n", plain_port, tls_port);
  std::fflush(stdout);
  for (std::thread& thread : threads) {
    thread.join();
  }
}
