#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_options.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/text.hpp>
#include <cppworker/wait_time.hpp>
#include <cppworker/waiting.hpp>

namespace cppworker {

namespace websocket {
class Client;
}

/// The settings of a WebSocket.
struct WebSocketOptions {
  Text name{};  ///< the row in the statistics; default: the URL as given
  std::vector<std::string> subprotocols{};  ///< to offer, the preferred one first
  Headers headers{};                        ///< override the session's headers
  Timeout timeout{};                        ///< for connecting and for the handshake
  /// True: offers permessage-deflate. It costs CPU time: 12 µs for a message of 656 bytes.
  bool compression = false;
  /// True: the server may compress a message in the context of those before it, which costs up to
  /// 40 KiB for each connection.
  bool server_context_takeover = false;
  /// The time between two Ping frames; 0: none. The connection fails if a Ping is not answered
  /// before the next one.
  Seconds ping_interval{0};
  /// The largest message in bytes that is received. A larger one ends the connection.
  std::size_t message_size_max = std::size_t{64} * 1024 * 1024;
  /// The most bytes of messages that wait for receive(), 48 for each of them included. More end the
  /// connection.
  std::size_t queue_size_max = std::size_t{64} * 1024 * 1024;
  /// False: no rows, for a protocol on top of WebSocket whose client reports its own requests with
  /// `events().request`. Failures are in WebSocketMessage::error and error().
  bool report = true;
};

/// A message of the server, or the reason why there is none.
struct WebSocketMessage {
  std::string text{};  ///< the payload; of a binary message, its bytes
  bool binary = false;
  std::string error{};     ///< the failure, as in the statistics; "": a message was received
  Milliseconds elapsed{};  ///< the reported time; 0 for on_message()

  explicit operator bool() const { return error.empty(); }
};

/// The answer to WebSocket::request(), which its check marks as a success or failure.
struct CatchMessage : WebSocketMessage {
  explicit CatchMessage(WebSocketMessage message) : WebSocketMessage(std::move(message)) {}
  CatchMessage(const CatchMessage&) = delete;  // take CatchMessage& message (or auto& message)
  CatchMessage& operator=(const CatchMessage&) = delete;
  ~CatchMessage() = default;

  /// Reports the request as a success, also if there is no message.
  void success() { verdict_ = std::optional<std::string>(); }
  /// Reports the request as a failure. The statistics show CatchResponseError('message').
  void failure(std::string message) { verdict_ = std::optional(std::move(message)); }
  /// The outer optional: there is a verdict; the inner one: it is a failure.
  [[nodiscard]] const std::optional<std::optional<std::string>>& verdict() const {
    return verdict_;
  }

 private:
  std::optional<std::optional<std::string>> verdict_;
};

/// The options of a message that is sent.
struct WebSocketSend {
  Text name{};          ///< the row; default: the name of the WebSocket
  bool binary = false;  ///< a binary message
};

/// The options of a message that is awaited.
struct WebSocketReceive {
  Text name{};  ///< the row; default: the name of the WebSocket
};

/// The options of a request and its answer.
struct WebSocketRequest {
  Text name{};          ///< the row; default: the name of the WebSocket
  bool binary = false;  ///< a binary message
  Seconds timeout{10};
  /// Whether a message of the server is the answer; none: the next message is. It runs on the
  /// event loop's stack and must not wait. An exception makes the request a failure.
  std::function<bool(std::string_view text)> match{};
};

/// A WebSocket (RFC 6455), made by `client().websocket("/chat", {…})`. It uses the session's host,
/// headers, cookies, TLS settings and proxy. `http://` of the host stands for `ws://`, `https://`
/// for `wss://`. It receives also while no task runs, so it can be kept over tasks.
///
/// As for requests, failures are reported in the statistics and do not throw: look at is_open() and
/// at WebSocketMessage::error. All calls but on_message(), is_open() and the like suspend and throw
/// StopUser if the user is stopped. They throw std::invalid_argument for a text that is not UTF-8.
/// In on_message() and `match`, receive(), request() and close() throw std::logic_error.
///
/// Rows in the statistics, by type:
/// - `WS`: the handshake, until the response with the status 101,
/// - `WSS`: send(), without a time,
/// - `WSR`: receive(); the time that it waited,
/// - `WSC`: request(); the time from sending until the answer arrived,
/// - `WS close`: the end of the connection; the time of the closing handshake, or none if the
///   server ended it. The context has `code` and `session_seconds`.
///
/// Failures: `WebSocketBadStatus(403)`, `WebSocketClosed(1006)` (the connection broke off),
/// `WebSocketClosed(1011, 'reason')`, `WebSocketTimeout('…')`, `WebSocketError('1002: …')` (the
/// server violates the protocol), and those of HTTP requests.
///
/// One user of one shard owns it. Several coroutines of the user may use it at the same time.
class CPPWORKER_EXPORT WebSocket {
 public:
  using OnMessage = std::function<void(const WebSocketMessage& message)>;
  using Check = std::function<void(CatchMessage& message)>;

  /// Not connected: sending and receiving throw std::logic_error.
  WebSocket();
  /// For HttpSession::websocket().
  WebSocket(HttpSession& session, std::string_view url, const WebSocketOptions& options);
  /// Ends the connection at once, with a Close frame (1001), if close() was not called. Reports
  /// nothing and does not suspend.
  ~WebSocket();
  WebSocket(WebSocket&& other) noexcept;
  WebSocket& operator=(WebSocket&& other) noexcept;

  /// Sends a message. While more than 1 MiB is unsent, it first suspends until all of that is sent,
  /// for 60 s at most. It does not wait until the message itself is sent. In on_message() nothing
  /// can wait: there it fails instead.
  /// @returns false: the message was not sent. is_open() shows whether the connection has ended, or
  ///   too much was unsent: WebSocketTimeout('1 MiB is unsent').
  bool send(std::string_view message, const WebSocketSend& options = {});

  /// The next message that no request() and no on_message() has taken. Suspends until it is there.
  WebSocketMessage receive(Seconds timeout = Seconds{60}, const WebSocketReceive& options = {});

  /// Sends a message and suspends until its answer has arrived: the first message for which
  /// `options.match` returns true. Other messages go to on_message() or receive().
  /// @param check may mark the answer as a success or failure before it is reported. If it throws
  ///   before that, nothing is reported.
  WebSocketMessage request(std::string_view message, const WebSocketRequest& options = {},
                           const Check& check = {});

  /// `function` gets the messages that no call waits for: those that have arrived already, and from
  /// now on each one when it arrives. It runs on the event loop's stack: it must not wait, but may
  /// send(). StopUser ends the user; any other exception that leaves it is reported as an error of
  /// the user. No function: messages wait for receive().
  void on_message(OnMessage function);

  /// Sends a Close frame and suspends until the server has answered it. If the connection has ended
  /// already, it returns at once and reports nothing. The row `WS close` is a failure if the server
  /// sent a code of its own, other than 1000 and 1001.
  /// @param code 1000, or 3000 to 4999
  /// @param reason UTF-8, at most 123 bytes
  void close(std::uint16_t code = 1000, std::string_view reason = {},
             Seconds timeout = Seconds{10});

  /// Suspends until the connection has ended. False after the timeout. Reports nothing.
  bool wait_closed(Seconds timeout = forever);

  /// Messages can be sent.
  [[nodiscard]] bool is_open() const;
  /// Why the connection could not be made or has ended, as in the statistics; "": it is open, or
  /// was closed in order.
  [[nodiscard]] const std::string& error() const;
  /// The code of the server's Close frame; 1005: the frame had no code; 0: there was no frame.
  [[nodiscard]] std::uint16_t close_code() const;
  /// That the server has chosen; "": none.
  [[nodiscard]] const std::string& subprotocol() const;
  /// Of the response to the handshake: 101 if it succeeded, 0 if there was no response.
  [[nodiscard]] int status_code() const;

 private:
  std::shared_ptr<websocket::Client> client_;
};

namespace detail {
/// For HttpSession::websocket().
struct WebSocketTypes {
  using Socket = WebSocket;
  using Options = WebSocketOptions;
};
}  // namespace detail

}  // namespace cppworker
