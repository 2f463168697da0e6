// The other end of MQTT and WebSocket connections, cheaper than any client: one thread,
// edge-triggered epoll.
//
//   MQTT 3.1.1   accepts each CONNECT, and acknowledges PUBLISH of QoS 1
//   WebSocket    accepts each handshake, and sends each message of less than 126 bytes back
//   GET /events  100 server-sent events, one each 20 ms. The data of each is the time in µs from
//   the arrival of the
//                request until it was sent
//   GET /served  the number of messages that it has answered, or of events that it has sent, so far
//
// usage: live_server    It listens on all addresses of the loopback device, on an ephemeral port
// that it prints.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arrival.hpp"

namespace {

using Clock = std::chrono::system_clock;  // that of the kernel's time stamps

constexpr int kEvents = 100;
constexpr std::chrono::milliseconds kInterval{20};

unsigned long long served = 0;

/// A response to GET /events.
struct Stream {
  Clock::time_point due;
  Clock::time_point began{};
  int fd = -1;
  unsigned long long connection = 0;  // file descriptors come again
  int sent = 0;

  bool operator>(const Stream& other) const { return due > other.due; }
};
std::priority_queue<Stream, std::vector<Stream>, std::greater<>> streams;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

unsigned char byte(std::string_view text, std::size_t place) {
  return static_cast<unsigned char>(text[place]);
}

/// RFC 6455, section 4.2.2.
std::string accepted(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), digest.size());
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         std::string(reinterpret_cast<const char*>(base64.data())) + "\r\n\r\n";
}

struct Connection {
  explicit Connection(int fd_) : fd(fd_) {
    static unsigned long long count = 0;
    id = ++count;
  }

  int fd;
  unsigned long long id;
  Clock::time_point
      arrival{};  // of what was received last, in the kernel: a busy server reads it later
  enum class Kind { kUnknown, kMqtt, kWebSocket } kind = Kind::kUnknown;
  std::string received;  // what is not a whole message yet

  /// Removes the first message of `text`, and appends the answer. False: the message is not
  /// complete.
  bool answer(std::string_view& text, std::string& answers) {
    if (kind == Kind::kUnknown && !text.empty()) {
      if (text[0] == 'G') return answer_request(text, answers);
      kind = Kind::kMqtt;
    }
    return kind == Kind::kMqtt ? answer_packet(text, answers) : answer_frame(text, answers);
  }

 private:
  bool answer_request(std::string_view& text, std::string& answers) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    const std::string head(text.substr(0, end));
    text.remove_prefix(end + 4);
    constexpr std::string_view kKey = "\r\nSec-WebSocket-Key: ";
    if (const std::size_t key = head.find(kKey); key != std::string::npos) {
      answers += accepted(head.substr(key + kKey.size(), 24));
      kind = Kind::kWebSocket;
    } else if (head.starts_with("GET /events ")) {
      const Clock::time_point now = Clock::now();
      streams.push({.due = now + kInterval, .began = arrival, .fd = fd, .connection = id});
      answers +=
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: "
          "chunked\r\n\r\n";
    } else {
      const std::string body = std::to_string(served);
      answers +=
          "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    return true;
  }

  static bool answer_packet(std::string_view& text, std::string& answers) {
    std::size_t length = 0;
    std::size_t head = 1;
    for (;; ++head) {
      if (head >= text.size()) return false;
      length |= (byte(text, head) & 127U) << 7 * (head - 1);
      if ((byte(text, head) & 128U) == 0) break;
    }
    ++head;
    if (text.size() < head + length) return false;
    const std::string_view packet = text.substr(head, length);
    switch (byte(text, 0) >> 4U) {
      case 1:  // CONNECT
        answers.append("\x20\x02\0\0", 4);
        break;
      case 3:  // PUBLISH
        if ((byte(text, 0) >> 1U & 3U) == 1) {
          const std::size_t topic = byte(packet, 0) * 256U + byte(packet, 1);
          answers.append("\x40\x02", 2).append(packet.substr(2 + topic, 2));
        }
        ++served;
        break;
      case 12:  // PINGREQ
        answers.append("\xd0\0", 2);
        break;
      default:
        break;
    }
    text.remove_prefix(head + length);
    return true;
  }

  static bool answer_frame(std::string_view& text, std::string& answers) {
    if (text.size() < 6) return false;
    const std::size_t length = byte(text, 1) & 127U;
    if (length >= 126) die("live_server: a frame is too long");
    if (text.size() < 6 + length) return false;
    answers += text[0];  // the answer to a CLOSE frame is one with the same code
    answers += static_cast<char>(length);
    for (std::size_t i = 0; i < length; ++i) {
      answers += static_cast<char>(byte(text, 6 + i) ^ byte(text, 2 + i % 4));
    }
    ++served;
    text.remove_prefix(6 + length);
    return true;
  }
};

void add(int epoll, int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("live_server: epoll_ctl");
}

void send_all(int fd, std::string_view text) {
  if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()) &&
      errno == EAGAIN) {
    die("live_server: a client does not read");
  }
}

using Connections = std::unordered_map<int, Connection>;

/// Sends the events that are due. Returns the time until the next one.
timespec send_events(const Connections& connections) {
  for (;;) {
    if (streams.empty()) return {.tv_sec = 3600, .tv_nsec = 0};
    const Clock::time_point now = Clock::now();
    Stream stream = streams.top();
    if (stream.due > now) {
      const auto left = std::chrono::nanoseconds(stream.due - now).count();
      return {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    }
    streams.pop();
    const auto found = connections.find(stream.fd);
    if (found == connections.end() || found->second.id != stream.connection) continue;
    const auto us =
        std::chrono::duration_cast<std::chrono::microseconds>(now - stream.began).count();
    const std::string event = "data: " + std::to_string(us) + "\n\n";
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
    ++served;
    send_all(stream.fd,
             size.data() + event + (++stream.sent == kEvents ? "\r\n0\r\n\r\n" : "\r\n"));
    stream.due += kInterval;
    if (stream.sent < kEvents) streams.push(stream);
  }
}

/// Reads and answers all that has arrived. False: the connection has ended.
bool serve(int fd, Connection& connection) {
  static std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size =
        connection.kind == Connection::Kind::kUnknown
            ? receive_with_arrival(fd, buffer.data(), buffer.size(), connection.arrival)
            : recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    std::string whole;
    if (!connection.received.empty()) {
      whole = std::move(connection.received.append(text));
      text = whole;
    }
    std::string answers;
    while (connection.answer(text, answers)) {
    }
    connection.received.assign(text);
    if (!answers.empty() && send(fd, answers.data(), answers.size(), MSG_NOSIGNAL) !=
                                static_cast<ssize_t>(answers.size())) {
      return false;
    }
    if (static_cast<std::size_t>(size) < buffer.size()) return true;
  }
}

}  // namespace

int main() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0 ||
      bind(listener, generic, length) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, generic, &length) != 0) {
    die("live_server: listening");
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const int epoll = epoll_create1(0);
  add(epoll, listener, EPOLLIN);
  Connections connections;
  std::array<epoll_event, 256> events{};
  for (;;) {
    const timespec wait = send_events(connections);
    const int count = epoll_pwait2(epoll, events.data(), events.size(), &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        for (int one = 0; (one = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
          const int on = 1;
          setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          setsockopt(one, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
          connections.try_emplace(one, one);
          add(epoll, one, EPOLLIN | EPOLLRDHUP | EPOLLET);
        }
        continue;
      }
      const bool ends = (events[static_cast<std::size_t>(i)].events & (EPOLLRDHUP | EPOLLHUP)) != 0;
      if (!serve(fd, connections.at(fd)) || ends) {
        connections.erase(fd);
        close(fd);
      }
    }
  }
}
