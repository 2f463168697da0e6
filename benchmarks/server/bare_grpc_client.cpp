// What GrpcUser is compared with: nghttp2 and epoll in one thread, without statistics, timeouts or
// checks.
//
// usage: bare_grpc_client PORT CONNECTIONS ACTIVE    It runs until SIGTERM. ACTIVE connections make
// calls without a pause, the others make one.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// HelloRequest{name: "Test"}, as gRPC sends it.
constexpr char kFrame[] = "\0\0\0\0\6\n\4Test";
constexpr std::size_t kFrameSize = sizeof kFrame - 1;

nghttp2_nv field(const char* name, const char* value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name)),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value)), std::strlen(name),
          std::strlen(value), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

struct Connection {
  int fd = -1;
  nghttp2_session* session = nullptr;
  bool is_active = false;
  bool has_reply = false;
  std::string reply;

  void call();
  void flush() {
    static std::string bytes;
    bytes.clear();
    for (;;) {
      const std::uint8_t* part = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session, &part);
      if (size <= 0) break;
      bytes.append(reinterpret_cast<const char*>(part), static_cast<std::size_t>(size));
    }
    if (!bytes.empty() &&
        send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      std::perror("send");
      std::exit(1);
    }
  }
};

ssize_t read_body(nghttp2_session* /*session*/, std::int32_t /*id*/, std::uint8_t* buffer,
                  std::size_t size, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                  void* /*user_data*/) {
  if (size < kFrameSize) return NGHTTP2_ERR_CALLBACK_FAILURE;
  std::memcpy(buffer, kFrame, kFrameSize);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return kFrameSize;
}

void Connection::call() {
  const nghttp2_nv head[] = {field(":method", "POST"),
                             field(":scheme", "http"),
                             field(":path", "/locust.hello.HelloService/SayHello"),
                             field(":authority", "127.0.0.1"),
                             field("te", "trailers"),
                             field("content-type", "application/grpc"),
                             field("user-agent", "bare")};
  nghttp2_data_provider provider{};
  provider.read_callback = read_body;
  reply.clear();
  has_reply = false;
  nghttp2_submit_request(session, nullptr, head, std::size(head), &provider, nullptr);
}

int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t /*id*/,
            const std::uint8_t* data, std::size_t size, void* user_data) {
  static_cast<Connection*>(user_data)->reply.append(reinterpret_cast<const char*>(data), size);
  return 0;
}

int on_close(nghttp2_session* /*session*/, std::int32_t /*id*/, std::uint32_t /*error*/,
             void* user_data) {
  static_cast<Connection*>(user_data)->has_reply = true;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int count = std::atoi(argv[2]);
  const int active = std::atoi(argv[3]);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);

  const int epoll = epoll_create1(0);
  std::vector<Connection> connections(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    Connection& connection = connections[static_cast<std::size_t>(i)];
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
      return 1;
    }
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection.is_active = i < active;
    nghttp2_session_client_new(&connection.session, callbacks, &connection);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
    nghttp2_submit_settings(connection.session, NGHTTP2_FLAG_NONE, settings, 2);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = &connection;
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection.fd, &event);
    connection.call();
    connection.flush();
  }
  std::vector<epoll_event> events(256);
  std::vector<std::uint8_t> buffer(64 * 1024);
  for (;;) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      const ssize_t size = recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size < 0 && errno == EAGAIN) continue;
      if (size <= 0) return 1;
      if (nghttp2_session_mem_recv(connection.session, buffer.data(),
                                   static_cast<std::size_t>(size)) < 0) {
        return 1;
      }
      if (connection.has_reply) {
        if (connection.reply != std::string(kFrame, kFrameSize)) return 1;
        connection.has_reply = false;
        if (connection.is_active) connection.call();
      }
      connection.flush();
    }
  }
}
