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
#include "http/curl_handles.hpp"
#include "http/url.hpp"

namespace cppworker::http {

class CurlEngine;

/// One request for one answer. What it refers to must stay valid until the transfer is done.
struct HopRequest {
  std::string_view method;  ///< upper case
  const Url* url = nullptr;
  std::string_view body;
  bool has_body = false;  ///< false: there isn't even `Content-Length: 0`
  bool json = false;      ///< gives the body its Content-Type
  /// In libcurl's form, instead of the defaults; empty: the defaults.
  std::vector<std::string> header_lines;
  std::optional<coro::Duration> timeout;  ///< for connecting, and for each wait for bytes
};

/// What came of it.
struct HopResult {
  int status_code = 0;
  std::string reason;        ///< of the status line, as received
  std::string header_lines;  ///< "Name: value\r\n", without the status line
  std::string body;
  std::string failure;  ///< the text Python would show; "": the answer is complete
  /// The failure came after the head of the answer: Python has lost the request by then.
  bool failed_in_body = false;
  coro::TimePoint finished_at{};
};

/// A pooled libcurl easy handle and what it is doing. Owned by its engine; everything that touches
/// libcurl runs on the scheduler's own stack.
class CurlTransfer {
 public:
  CurlTransfer(CurlEngine& engine, coro::Scheduler& scheduler);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  HopRequest request;
  HopResult result;

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] bool under_way() const { return state_ != State::kDone && state_ != State::kIdle; }
  /// The result of a request that can't even be sent.
  void fail_unsent(std::string failure);
  /// Whether a request of it, any hop, has been sent since the transfer was acquired.
  [[nodiscard]] bool sent() const { return sent_; }

 private:
  friend class CurlEngine;
  enum class State : std::uint8_t { kIdle, kQueued, kWaitsForName, kRunning, kDone };

  /// Sets what never changes. Throws std::bad_alloc.
  void make_easy(const std::string& ca_file);
  /// Sets what belongs to this request: all of it, since the handle served other users before.
  void set_up(CURLSH* share, curl_slist* default_headers);
  void set_method();
  void reset_result();
  void collect(CURLcode code);
  [[nodiscard]] std::string timeout_text() const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_before_request(void* self, char*, char*, int, int);
  static curl_socket_t on_open_socket(void* self, curlsocktype, curl_sockaddr* address);
  void take_header_line(std::string_view line);
  void note_progress();

  CurlEngine& engine_;
  coro::Scheduler& scheduler_;
  EasyHandle easy_;
  HeaderList own_headers_;
  HeaderList resolve_list_;
  coro::Timer timer_;
  coro::TimePoint last_progress_{};
  coro::Coroutine* waiter_ = nullptr;
  CurlShare* share_ = nullptr;
  std::uint64_t serial_ = 0;  // tells the uses of this object apart
  int open_error_ = 0;        // errno of socket()
  State state_ = State::kIdle;
  bool sent_ = false;
  bool hop_sent_ = false;
  bool repeated_ = false;  // libcurl wanted to send the request again, on a fresh connection
  bool head_seen_ = false;
  bool head_complete_ = false;
  std::string bad_status_line_;
  std::array<char, CURL_ERROR_SIZE> error_buffer_{};
};

}  // namespace cppworker::http
