// The server of the table `grpc`: sends back the message of each call, with status 0. One thread.
//
// usage: grpc_echo_server COUNTER    prints its port, and counts its answers in the file COUNTER
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

std::uint64_t* counter = nullptr;

nghttp2_nv field(const char* name, const char* value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name)),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value)), std::strlen(name),
          std::strlen(value), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

struct Stream {
  std::string body;
  std::size_t sent = 0;
};

struct Connection {
  int fd = -1;
  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Stream> streams;
  std::string unsent;

  ~Connection() {
    nghttp2_session_del(session);
    close(fd);
  }
  bool flush() {
    for (;;) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session, &bytes);
      if (size < 0) return false;
      if (size == 0) break;
      unsent.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    while (!unsent.empty()) {
      const ssize_t size = send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN;
      unsent.erase(0, static_cast<std::size_t>(size));
    }
    return true;
  }
};

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                  std::uint32_t* flags, nghttp2_data_source* source, void* /*user_data*/) {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const std::size_t count = std::min(size, stream.body.size() - stream.sent);
  std::memcpy(buffer, stream.body.data() + stream.sent, count);
  stream.sent += count;
  if (stream.sent == stream.body.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const nghttp2_nv trailer = field("grpc-status", "0");
    nghttp2_submit_trailer(session, id, &trailer, 1);
  }
  return static_cast<ssize_t>(count);
}

int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t id,
            const std::uint8_t* data, std::size_t size, void* user_data) {
  static_cast<Connection*>(user_data)->streams[id].body.append(reinterpret_cast<const char*>(data),
                                                               size);
  return 0;
}

int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
  if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    const nghttp2_nv head[] = {field(":status", "200"), field("content-type", "application/grpc")};
    nghttp2_data_provider provider{};
    provider.source.ptr = &static_cast<Connection*>(user_data)->streams[frame->hd.stream_id];
    provider.read_callback = read_body;
    nghttp2_submit_response(session, frame->hd.stream_id, head, 2, &provider);
    ++*counter;
  }
  return 0;
}

int on_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t /*error*/,
             void* user_data) {
  static_cast<Connection*>(user_data)->streams.erase(id);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int file = open(argv[1], O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof *counter) != 0) return 1;
  counter = static_cast<std::uint64_t*>(
      mmap(nullptr, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 8192) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("bind");
    return 1;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);

  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::vector<epoll_event> events(256);
  std::vector<char> buffer(128 * 1024);
  auto last_event = std::chrono::steady_clock::now();
  for (;;) {
    // It sleeps only a millisecond after its last event: the client should not pay for waking it.
    const auto now = std::chrono::steady_clock::now();
    const int timeout = now - last_event < std::chrono::milliseconds{1} ? 0 : -1;
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout);
    if (count > 0) last_event = now;
    for (int i = 0; i < count; ++i) {
      auto* const connection =
          static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        for (;;) {
          const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
          if (fd < 0) break;
          const int on = 1;
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          auto* const accepted = new Connection;
          accepted->fd = fd;
          nghttp2_session_server_new(&accepted->session, callbacks, accepted);
          const nghttp2_settings_entry settings[] = {
              {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 10'000},
              {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
          nghttp2_submit_settings(accepted->session, NGHTTP2_FLAG_NONE, settings, 2);
          nghttp2_session_set_local_window_size(accepted->session, NGHTTP2_FLAG_NONE, 0, 1 << 24);
          epoll_event added{};
          added.events = EPOLLIN | EPOLLOUT | EPOLLET;
          added.data.ptr = accepted;
          epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &added);
        }
        continue;
      }
      bool is_alive = true;
      for (;;) {
        const ssize_t received = recv(connection->fd, buffer.data(), buffer.size(), 0);
        if (received <= 0) {
          is_alive = received < 0 && errno == EAGAIN;
          break;
        }
        is_alive = nghttp2_session_mem_recv(connection->session,
                                            reinterpret_cast<std::uint8_t*>(buffer.data()),
                                            static_cast<std::size_t>(received)) >= 0;
        if (!is_alive || static_cast<std::size_t>(received) < buffer.size()) break;
      }
      if (!is_alive || !connection->flush()) delete connection;
    }
  }
}
