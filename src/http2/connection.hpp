#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http2/keepalive.hpp"
#include "http2/session.hpp"
#include "net/connection.hpp"
#include "net/sink.hpp"

namespace cppworker::http2 {

/// An HTTP/2 connection, as a client. Any stack of the connection's thread may use it.
class Connection final : private net::Sink, private Output, private Keepalive::Owner {
 public:
  /// @param socket connected; if it has TLS, the server has agreed to "h2"
  /// @param host with TLS: net::certificate_host(), for the texts of failures
  Connection(std::unique_ptr<net::Connection> socket, std::string host);
  /// Closes it in order. No stream may be open.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// From now on. At most once.
  void keep_alive(coro::Scheduler& scheduler, const KeepaliveSettings& settings);

  /// False: it is lost, or the server takes no further requests.
  [[nodiscard]] bool takes_requests() const { return !is_lost_ && session_.takes_requests(); }

  // See Session.
  void open(Stream& stream, std::span<const Header> headers, std::string_view body, bool ends);
  void write(Stream& stream, std::string_view body, bool ends);
  void consume(Stream& stream, std::size_t size);
  void reset(Stream& stream, std::uint32_t error_code);

  /// The number of bytes that the kernel has not taken yet.
  [[nodiscard]] std::size_t unsent() const { return is_lost_ ? 0 : socket_->unsent(); }
  /// Suspends until unsent() is 0, the connection is lost, or the deadline has passed.
  /// @returns false if the coroutine is unwinding and can't wait
  [[nodiscard]] bool wait_sent(net::Deadline& deadline);

 private:
  void on_bytes(std::string_view bytes) override;
  void on_end(const net::Failure& failure) override;
  void write(std::string_view bytes) override;
  [[nodiscard]] bool has_open_streams() const override { return session_.open_streams() != 0; }
  void send_ping() override { session_.ping(); }
  void give_up() override;
  void lose(std::string_view reason);

  std::unique_ptr<net::Connection> socket_;
  std::string host_;
  Session session_;
  std::unique_ptr<Keepalive> keepalive_;  // null: off
  std::uint64_t answered_frames_ = 0;     // when all had been sent
  bool is_lost_ = false;
};

}  // namespace cppworker::http2
