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
#include "http/curl/curl_handles.hpp"
#include "http/curl/curl_stand_ins.hpp"
#include "http/exchange.hpp"
#include "net/shard_resolver.hpp"
#include "net/socket_address.hpp"

namespace cppworker::http {

class CurlEngine;

/// A pooled libcurl easy handle and what it is doing. Owned by its engine; everything that touches
/// libcurl runs on the scheduler's own stack.
class CurlTransfer {
 public:
  CurlTransfer(CurlEngine& engine, coro::Scheduler& scheduler);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  ExchangeRequest request;
  ExchangeResult result;

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  /// Done, or of a streamed request: its head is there.
  [[nodiscard]] bool answered() const { return done() || streaming_; }
  [[nodiscard]] bool under_way() const { return state_ != State::kDone && state_ != State::kIdle; }
  /// Whether any of its requests has been sent since the transfer was acquired.
  [[nodiscard]] bool any_sent() const { return any_sent_; }

  // The body of a streamed request; in the coroutine that reads it.
  /// Replaces `piece` by what has come since the last time; false if that is nothing.
  bool take_body(std::string& piece);
  /// Suspends until there is more, or the end. False if the caller is being unwound. Throws
  /// StopUser. @pre not done
  bool wait_for_body();
  /// Why the body broke off; "": it didn't.
  [[nodiscard]] const std::string& body_failure() const { return body_failure_; }

 private:
  friend class CurlEngine;
  enum class State : std::uint8_t { kIdle, kQueued, kWaitsForName, kRunning, kDone, kSurplus };

  // What is set on the handle (curl_transfer_setup.cpp).
  /// Makes sure that there is a handle that suits the share. Throws std::bad_alloc.
  void prepare_handle();
  /// Sets what never changes. Throws std::bad_alloc.
  void make_easy();
  /// Back to what it was before make_easy().
  void forget_easy();
  /// Sets what belongs to this request: all that differs from the handle's last one, which may have
  /// been another user's.
  void set_up();
  void set_url();
  void set_headers();
  void set_method();
  void set_transport();
  void set_authorities();
  void set_name_cache(const Transport& transport);

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
  static CURLcode on_tls_context(CURL*, void* context, void*);
  /// Puts the real address in the place of a stand-in. False: libcurl must not connect.
  bool put_address(const CurlStandIns::StandIn& stand_in, curl_sockaddr& address);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  void take_header_line(std::string_view line);
  void take_status_line(std::string_view line);
  void end_of_head();
  void note_progress();
  void reserve_body();
  void wake();

  CurlEngine& engine_;
  coro::Scheduler& scheduler_;
  EasyHandle easy_;
  bool keeps_tls_sessions_ = false;
  ParsedUrl parsed_url_;
  HeaderList header_list_;
  HeaderList resolve_list_;
  // The addresses of its connection.
  net::ShardResolver::AnswerPtr answer_;  // looked up for this transfer; null: what is kept does
  net::ShardResolver::AnswerPtr connects_to_;  // null: no connection was made by name
  std::vector<net::SocketAddress> addresses_;  // of connects_to_, in the order to try
  const CurlStandIns::Name* name_ = nullptr;   // of connects_to_, or the one that must be looked up
  bool needs_answer_ = false;                  // a lookup, before libcurl may connect
  bool asked_again_ = false;                   // no connection could be made, hence another lookup
  coro::TimePoint began_{};
  std::vector<int> sockets_;  // of attempts to connect
  coro::Timer timer_;
  coro::TimePoint last_progress_{};
  coro::Coroutine* waiter_ = nullptr;
  CurlShare* share_ = nullptr;
  std::uint64_t serial_ = 0;  // tells the uses of this object apart
  int open_error_ = 0;        // errno of socket()
  int status_ = 0;            // of the status line
  State state_ = State::kIdle;
  bool any_sent_ = false;
  bool sent_ = false;
  bool repeated_ = false;  // libcurl wanted to send the request again, on a fresh connection
  bool head_seen_ = false;
  bool head_complete_ = false;
  bool streaming_ = false;
  bool paused_ = false;  // a streamed body that nobody reads at present
  std::string bad_status_line_;
  std::string tunnel_answer_;  // "407 Reason", of the proxy
  std::string body_failure_;   // of a streamed request, which itself was a success

  // What the handle was told last.
  std::string default_ca_file_;
  std::string set_url_;
  std::string set_header_lines_;
  Transport set_transport_;
  bool set_has_body_ = false;
  bool set_proxied_ = false;
  std::string set_host_;
  std::uint16_t set_port_ = 0;
  bool set_https_ = false;
  bool set_decodes_ = true;

  std::array<char, CURL_ERROR_SIZE> error_buffer_{};
};

}  // namespace cppworker::http
