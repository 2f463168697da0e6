// What live_server costs any client at least: a bare edge-triggered epoll loop without users,
// statistics and checks. Each connection sends a message of 64 bytes and waits for its answer,
// again and again.
//
// usage: bare_live_client mqtt|websocket HOST PORT CONNECTIONS    It runs until SIGTERM.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace std::literals;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Protocol {
  std::string_view begin;
  std::size_t begin_answer;  // bytes; of the handshake of a WebSocket: up to its empty line
  std::string message;
  std::size_t answer;  // bytes
};

Protocol mqtt() {
  const std::string_view connect = "\x10\x0d\0\4MQTT\4\2\0\x3c\0\1c"sv;
  return {connect, 4, "\x32\x48\0\4data\0\1"s + std::string(64, 'x'), 4};
}

Protocol websocket() {
  const std::string_view request =
      "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  return {request, 129, "\x81\xc0\0\0\0\0"s + std::string(64, 'x'), 66};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) die("bare_live_client: four arguments are necessary");
  const Protocol protocol = argv[1] == "mqtt"sv ? mqtt() : websocket();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(std::atoi(argv[3])));
  inet_pton(AF_INET, argv[2], &address.sin_addr);
  const int epoll = epoll_create1(0);
  std::array<char, 65536> buffer{};
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      die("bare_live_client: connect");
    if (send(fd, protocol.begin.data(), protocol.begin.size(), 0) < 0 ||
        recv(fd, buffer.data(), protocol.begin_answer, MSG_WAITALL) !=
            static_cast<ssize_t>(protocol.begin_answer)) {
      die("bare_live_client: the server has not accepted the connection");
    }
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    send(fd, protocol.message.data(), protocol.message.size(), 0);
  }
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (recv(fd, buffer.data(), buffer.size(), 0) != static_cast<ssize_t>(protocol.answer)) {
        die("bare_live_client: not the expected answer");
      }
      send(fd, protocol.message.data(), protocol.message.size(), MSG_NOSIGNAL);
    }
  }
}
