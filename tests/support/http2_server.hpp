#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coro/scheduler.hpp"
#include "support/http2_peer.hpp"

namespace cppworker::test_support {

/// An HTTP/2 server on a port of 127.0.0.1, in the test's own scheduler: no threads, no real time.
class Http2Server final : public coro::FdHandler {
 public:
  explicit Http2Server(coro::Scheduler& scheduler, std::uint32_t window = 65535,
                       std::uint32_t max_streams = 100);
  ~Http2Server() override;
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  struct Connection {
    std::unique_ptr<Http2Peer> peer;
    int fd = -1;
    std::string unsent{};
    std::size_t seen = 0;  ///< requests of which on_request was called
    bool watches_writable = false;
  };
  /// Called once for each request whose body has ended, or whose headers have arrived if
  /// `at_headers`.
  std::function<void(Connection&, std::int32_t id)> on_request;
  bool at_headers = false;
  /// Sent at once to a new connection instead of HTTP/2; "": HTTP/2.
  std::string garbage;

  /// All that were accepted; those that have ended have fd -1.
  std::vector<std::unique_ptr<Connection>> connections;
  /// Sends what the peer of the connection has to send.
  void flush(Connection& connection);
  void close(Connection& connection);
  void stop_listening();

 private:
  void on_fd_ready(int fd, std::uint32_t epoll_events) override;
  void accept_all();
  void read(Connection& connection);

  coro::Scheduler& scheduler_;
  std::uint32_t window_;
  std::uint32_t max_streams_;
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace cppworker::test_support
