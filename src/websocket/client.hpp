#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/environment.hpp>
#include <cppworker/user.hpp>
#include <cppworker/websocket.hpp>

#include "coro/clock.hpp"
#include "http/http_client.hpp"
#include "http/upgrade.hpp"
#include "websocket/session.hpp"

namespace cppworker::websocket {

/// What a WebSocket owns: the handshake, the session, and the rows in the statistics.
class Client final : public std::enable_shared_from_this<Client>, private Session::Owner {
 public:
  /// Makes the handshake and reports it. Suspends; throws StopUser and what http::upgrade() throws.
  static std::shared_ptr<Client> connect(std::shared_ptr<http::HttpClient> http,
                                         std::string_view url, const WebSocketOptions& options);

  /// For connect().
  Client(std::shared_ptr<http::HttpClient> http, std::string name, bool reports);
  ~Client();  // abandons the session, which thus can't call it any more
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool send(std::string_view message, const WebSocketSend& options);
  WebSocketMessage receive(Seconds timeout, std::string_view name);
  WebSocketMessage request(std::string_view message, const WebSocketRequest& options,
                           const WebSocket::Check& check);
  void on_message(WebSocket::OnMessage function);
  void close(std::uint16_t code, std::string_view reason, Seconds timeout);
  bool wait_closed(Seconds timeout);

  [[nodiscard]] bool is_open() const { return session_ != nullptr && session_->is_open(); }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
  [[nodiscard]] const std::string& subprotocol() const { return subprotocol_; }
  [[nodiscard]] int status_code() const { return status_code_; }

 private:
  struct Row {
    std::string_view type;
    std::string_view name{};  // "": the WebSocket's
    std::optional<Milliseconds> time{};
    std::size_t length = 0;
    std::string failure{};  // "": success
    Value::Map context{};
    std::string_view url{};
  };

  void open(std::string_view url, const WebSocketOptions& options);
  void start_session(http::Upgrade upgraded, const Session::Settings& settings);
  void report(const Row& row, coro::TimePoint start, coro::TimePoint ended) const;
  /// detail::run_guarded()
  void run_guarded(std::string_view place, const std::function<void()>& function) const;
  void fire(const Row& row, Value context, coro::TimePoint start, coro::TimePoint ended) const;
  void on_session_end(const Session::End& end) override;
  void call_on_message(const WebSocket::OnMessage& function, const Session::Message& message) const;
  WebSocketMessage report_message(Row row, Session::Result result, coro::TimePoint start,
                                  const WebSocket::Check& check) const;
  [[nodiscard]] coro::TimePoint now() const;

  void count_cut_off(std::string_view type, std::string_view name) const;

  const std::shared_ptr<http::HttpClient> http_;
  const std::string name_;
  std::string error_;
  std::string subprotocol_;
  std::shared_ptr<Session> session_;  // null: the handshake has failed
  coro::TimePoint opened_{};
  coro::TimePoint closing_{};  // when close() was called first; zero: it was not
  int status_code_ = 0;
  const bool reports_;
  bool stopped_ = false;            // there was no handshake: the user is being stopped and unwinds
  std::uint16_t closing_code_ = 0;  // of close()
  std::uint16_t close_code_ = 0;    // of the server
};

}  // namespace cppworker::websocket
