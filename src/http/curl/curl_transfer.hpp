#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "http/curl/curl_addresses.hpp"
#include "http/curl/curl_easy.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/curl/http2_refusal.hpp"
#include "http/exchange.hpp"
#include "http/phase_timer.hpp"

namespace cppworker::http {

class CurlEngine;

/// One exchange by libcurl: its request, its result and, while it is in progress, its easy handle.
/// All functions that call libcurl run on the scheduler's own stack.
class CurlTransfer : public std::enable_shared_from_this<CurlTransfer> {
 public:
  /// @param request see Exchange::Request; of a streamed request, only its URL must stay valid
  ///   until the head of the response has arrived
  CurlTransfer(CurlEngine& engine, std::shared_ptr<CurlShare> share,
               const Exchange::Request& request);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  Exchange::Result result;

  /// Of the exchange, if Request::phases is not null. @pre answered()
  [[nodiscard]] const stats::PhaseTimes& phase_times() const { return phases_->times(); }

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  /// The head of a streamed response has arrived. A failure belongs to its body.
  [[nodiscard]] bool streaming() const { return streaming_; }
  [[nodiscard]] bool answered() const { return done() || streaming_; }
  [[nodiscard]] bool under_way() const { return state_ != State::kDone && state_ != State::kNew; }

  // The body of a streamed response; for the coroutine that reads it.
  /// Replaces `piece` by the bytes that have arrived since the last call; false if there are none.
  bool take_body(std::string& piece);
  /// When the first bytes of the body that was not taken before arrived.
  [[nodiscard]] coro::TimePoint body_received_at() const { return body_received_at_; }
  /// When the end of the body, or its failure, arrived. @pre done()
  [[nodiscard]] coro::TimePoint body_ended_at() const { return body_ended_at_; }
  /// Suspends until more bytes arrive or the body ends. False if the caller is being unwound.
  /// Throws StopUser. @pre !done()
  bool wait_for_body();

 private:
  friend class CurlEngine;
  enum class State : std::uint8_t { kNew, kQueued, kWaitsForName, kRunning, kDone };

  /// The request is given to libcurl, for the first time or again.
  void reset();
  /// Makes the handle and starts the timeout. Throws std::bad_alloc.
  void set_up(HeaderList resolve_list);
  void set_callbacks();

  void enter(stats::Phase phase) {
    if (phases_) phases_->enter(phase);
  }
  void leave_phase() {
    if (phases_) phases_->leave();
  }
  /// libcurl has connected, or has given up: divides the time since it opened a socket.
  void end_connecting();
  void end_waiting();

  /// "10.0.0.1:80", of the last connection; "": there was none.
  [[nodiscard]] std::string remote_address() const;
  void collect(CURLcode code);
  void collect_failure(CURLcode code);
  void fail(Failure failure);
  [[nodiscard]] bool has_answer() const {
    return head_complete_ && (status_ >= 200 || ends_with_head_);
  }
  [[nodiscard]] Failure::Phase phase() const;
  /// Whether the server has certainly not processed the request, so that it can be sent again.
  [[nodiscard]] bool may_repeat(CURLcode code);

  void restart_timeout();
  void note_progress();
  [[nodiscard]] const std::optional<coro::Duration>& time_limit() const {
    return sent_ && !sending_ ? request_.read_timeout : request_.connect_timeout;
  }
  /// libcurl waits for events of the socket (CURL_POLL_…).
  void uses_socket(curl_socket_t fd, int poll);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_before_request(void* self, char*, char*, int, int);
  static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self);
  static CURLcode on_tls_context(CURL*, void* context, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  /// Replaces a stand-in by the real address. False: libcurl must not connect.
  bool replace_stand_in(curl_sockaddr& address);
  /// False: libcurl must end the transfer.
  bool take_header_line(std::string_view line);
  bool take_status_line(std::string_view line);
  void take_header(std::string_view line);
  /// As take_header_line().
  bool end_of_head();
  void reserve_body();
  void wake();

  CurlEngine& engine_;
  coro::Scheduler& scheduler_;
  const std::shared_ptr<CurlShare> share_;
  Exchange::Request request_;
  const bool host_is_address_;
  CurlAddresses addresses_;
  std::optional<CurlEasy> easy_;            // while the state is kRunning
  std::optional<coro::Timer> timer_;        // none after the end of the shard
  curl_socket_t socket_ = CURL_SOCKET_BAD;  // the one that was used last
  coro::TimePoint last_progress_{};
  coro::Coroutine* waiter_ = nullptr;
  int open_error_ = 0;  // errno of socket()
  int status_ = 0;      // of the status line
  int lines_ = 0;       // of headers
  int tries_ = 0;
  State state_ = State::kNew;
  bool connected_ = false;  // by TCP, perhaps to a proxy: libcurl waits for bytes
  bool sent_ = false;
  bool sending_ = false;                // the body of the request is not sent yet
  coro::TimePoint body_received_at_{};  // of a streamed body
  coro::TimePoint body_ended_at_{};     // of the same
  bool repeated_ = false;               // libcurl tried to repeat the request on a new connection
  bool head_seen_ = false;
  bool head_complete_ = false;
  bool ends_with_head_ = false;  // the response is complete; libcurl would go on
  bool http2_ = false;
  bool streaming_ = false;
  bool opened_ = false;   // a socket, since the last call of end_connecting()
  bool uploads_ = false;  // libcurl has waited for the socket, to send the body
  bool paused_ = false;   // the buffer of a streamed body is full
  Http2Refusal refusal_;
  std::optional<PhaseTimer> phases_;          // not the call's, which may end first
  std::optional<coro::TimePoint> tls_began_;  // the last handshake; only with phases and OpenSSL
  std::string tunnel_answer_;                 // status line of the proxy
  std::array<char, CURL_ERROR_SIZE> error_buffer_{};
};

}  // namespace cppworker::http
