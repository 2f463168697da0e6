// A server that is cheaper than any load generator: one thread, edge-triggered epoll, the same
// answer of 1 KiB to everything, except the number of answers so far to GET /served. Binds an
// ephemeral port of 127.0.0.1 and prints it.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

std::string answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void raise_open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int listen_somewhere() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, length) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, generic, &length) != 0) {
    std::perror("fixed_answer_server");
    std::exit(1);
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int epoll, int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void accept_all(int epoll, int listener) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) {
      return;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(epoll, fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
  }
}

}  // namespace

int main() {
  raise_open_file_limit();
  const int listener = listen_somewhere();
  const int epoll = epoll_create1(0);
  watch(epoll, listener, EPOLLIN);
  const std::string fixed = answer(std::string(1024, 'x'));
  std::array<epoll_event, 1024> events{};
  std::array<char, 16384> buffer{};
  unsigned long long served = 0;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_all(epoll, listener);
        continue;
      }
      const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        close(fd);
        continue;
      }
      const std::string_view request(buffer.data(), static_cast<std::size_t>(size));
      if (!request.ends_with("\r\n\r\n")) {
        continue;  // the generators' requests are small and arrive whole
      }
      if (request.starts_with("GET /served ")) {
        const std::string count = answer(std::to_string(served));
        send(fd, count.data(), count.size(), MSG_NOSIGNAL);
      } else {
        ++served;
        send(fd, fixed.data(), fixed.size(), MSG_NOSIGNAL);
      }
    }
  }
}
