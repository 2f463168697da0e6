#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "coro/clock.hpp"
#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "coro/timers.hpp"
#include "http/curl/curl_addresses.hpp"
#include "http/curl/curl_easy.hpp"
#include "http/curl/curl_handles.hpp"
#include "http/exchange.hpp"

namespace cppworker::http {

class CurlEngine;

/// A pooled libcurl easy handle and the state of its request. Owned by its engine. All functions
/// that call libcurl run on the scheduler's own stack.
class CurlTransfer {
 public:
  explicit CurlTransfer(CurlEngine& engine);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  ExchangeRequest request;
  ExchangeResult result;

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  /// Done, or the head of a streamed response has arrived.
  [[nodiscard]] bool answered() const { return done() || streaming_; }
  [[nodiscard]] bool under_way() const { return state_ != State::kDone && state_ != State::kIdle; }
  /// Whether any of its requests has been sent since the transfer was acquired.
  [[nodiscard]] bool any_sent() const { return any_sent_; }

  // The body of a streamed response; for the coroutine that reads it.
  /// Replaces `piece` by the bytes that have arrived since the last call; false if there are none.
  bool take_body(std::string& piece);
  /// Suspends until more bytes arrive or the body ends. False if the caller is being unwound.
  /// Throws StopUser. @pre !done()
  bool wait_for_body();
  /// The failure text of an incomplete body; "": none.
  [[nodiscard]] const std::string& body_failure() const { return body_failure_; }

 private:
  friend class CurlEngine;
  enum class State : std::uint8_t { kIdle, kQueued, kWaitsForName, kRunning, kDone, kSurplus };

  /// Makes sure that the handle fits the request. Throws std::bad_alloc.
  void prepare_handle();
  void set_callbacks();
  /// Frees the handle and the memory of the last result.
  void free_handle();
  /// Sets the request on the handle and starts its timeout. Throws std::bad_alloc.
  void set_up();

  void reset_result();
  void collect(CURLcode code);
  void leave_share();
  void forget_connection();
  void fail(std::string failure);
  [[nodiscard]] std::string timeout_text() const;
  [[nodiscard]] const std::optional<coro::Duration>& time_limit() const {
    return sent_ ? request.read_timeout : request.connect_timeout;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_before_request(void* self, char*, char*, int, int);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  /// Replaces a stand-in by the real address. False: libcurl must not connect.
  bool replace_stand_in(curl_sockaddr& address);
  void take_header_line(std::string_view line);
  void take_status_line(std::string_view line);
  void end_of_head();
  void note_progress();
  void reserve_body();
  void wake();

  CurlEngine& engine_;
  coro::Scheduler& scheduler_;
  CurlEasy easy_;
  CurlAddresses addresses_;
  std::vector<int> sockets_;  // of attempts to connect
  coro::Timer timer_;
  coro::TimePoint last_progress_{};
  coro::Coroutine* waiter_ = nullptr;
  CurlShare* share_ = nullptr;
  std::uint64_t generation_ = 0;  // incremented for each use of this object
  int open_error_ = 0;            // errno of socket()
  int status_ = 0;                // of the status line
  State state_ = State::kIdle;
  bool any_sent_ = false;
  bool sent_ = false;
  bool repeated_ = false;  // libcurl tried to repeat the request on a new connection
  bool head_seen_ = false;
  bool head_complete_ = false;
  bool streaming_ = false;
  bool paused_ = false;  // the buffer of a streamed body is full
  std::string bad_status_line_;
  std::string tunnel_answer_;  // "407 Reason", of the proxy
  std::string body_failure_;   // of a streamed response, which was reported as a success
  std::array<char, CURL_ERROR_SIZE> error_buffer_{};
};

}  // namespace cppworker::http
