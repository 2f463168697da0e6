#include "http/curl/curl_transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "http/curl/curl_engine.hpp"
#include "http/curl/curl_failure.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/loop_stack.hpp"
#include "http/redirect.hpp"
#include "text/python_repr.hpp"

namespace cppworker::http {

namespace {

/// The most bytes of a streamed body that are buffered for a slow reader.
constexpr std::size_t kStreamBuffer = 256 * 1024;

bool is_known_encoding(std::string_view encoding) {
  static constexpr std::array<std::string_view, 6> kKnown{"gzip", "x-gzip",   "deflate",
                                                          "br",   "identity", "zstd"};
  return encoding.find(',') != std::string_view::npos ||
         std::ranges::any_of(kKnown, [encoding](std::string_view known) {
           return equal_ignoring_case(encoding, known);
         });
}

}  // namespace

CurlTransfer::CurlTransfer(CurlEngine& engine)
    : engine_(engine),
      scheduler_(engine.scheduler_),
      easy_(engine.settings_),
      addresses_(engine.names_, engine.stand_ins_),
      timer_(scheduler_, &CurlEngine::on_transfer_timeout, this) {}

void CurlTransfer::prepare_handle() {
  if (easy_.prepare(request, *share_)) {
    set_callbacks();
  }
}

void CurlTransfer::set_callbacks() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlEngine::on_close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &engine_);
}

void CurlTransfer::free_handle() {
  easy_.free();
  result = {};
}

void CurlTransfer::set_up() {
  easy_.set_up(request, *share_);
  if (!request.transport.verify.enabled && request.url->https()) {
    engine_.note_unverified();
  }
  if (request.connect_timeout) {
    note_progress();
    timer_.arm(last_progress_ + *request.connect_timeout);
  }
}

void CurlTransfer::reset_result() {
  addresses_.restart();
  result.status_code = 0;
  result.reason.clear();
  result.header_lines.clear();
  result.sets_cookies = false;
  result.body.clear();
  result.failure.clear();
  result.failed_in_body = false;
  open_error_ = 0;
  status_ = 0;
  streaming_ = false;
  paused_ = false;
  sent_ = false;
  repeated_ = false;
  head_seen_ = false;
  head_complete_ = false;
  bad_status_line_.clear();
  tunnel_answer_.clear();
  body_failure_.clear();
  error_buffer_.front() = '\0';
}

void CurlTransfer::leave_share() {
  if (std::exchange(share_, nullptr) != nullptr) {
    easy_.leave_share();
  }
}

/// Without this, libcurl 7.88 searches all 103 slots of the user's connection cache when the handle
/// is removed. Without the share it doesn't find the last connection and forgets it.
void CurlTransfer::forget_connection() {
  leave_share();
  curl_socket_t not_found = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &not_found);
}

/// Completes `result`: the status of a success, or the failure text.
void CurlTransfer::collect(CURLcode code) {
  CURL* easy = easy_.get();
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    result.status_code = static_cast<int>(status);
    return;
  }
  if (!sent_ && !tunnel_answer_.empty() && !tunnel_answer_.starts_with('2')) {
    fail(exception_text("OSError", "Tunnel connection failed: " + tunnel_answer_));
    return;
  }
  if (repeated_) {
    fail(exception_text("RemoteDisconnected", "Remote end closed connection without response"));
    return;
  }
  long os_error = 0;
  CurlFailure failure{.url = *request.url,
                      .code = code,
                      .message = error_buffer_.data(),
                      .bad_status_line = bad_status_line_,
                      .content_encoding = find_header(result.header_lines, "content-encoding"),
                      .head_complete = head_complete_};
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  failure.os_error = open_error_ != 0 ? open_error_ : static_cast<int>(os_error);
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &failure.body_received);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &failure.body_expected);
  fail(describe(failure));
}

void CurlTransfer::fail(std::string failure) {
  if (streaming_) {
    // For a timeout the reader gets requests' ConnectionError, the row its cause.
    body_failure_ = failure.starts_with("ReadTimeoutError(") ? "ConnectionError(" + failure + ")"
                                                             : std::move(failure);
  } else {
    result.failure = std::move(failure);
    result.failed_in_body = head_complete_;
  }
}

std::string CurlTransfer::timeout_text() const {
  DCHECK(time_limit().has_value());
  const Url& url = *request.url;
  const std::string pool = pool_text(url.https(), url.host(), url.port());
  const std::string seconds = seconds_text(std::chrono::duration<double>(*time_limit()).count());
  curl_off_t connect_time = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connect_time);
  if (!sent_ && connect_time == 0) {
    // Python's text also has the memory address of the connection, so each failure is a row of its
    // own there.
    return fmt::format(
        "ConnectTimeoutError(<HTTP{}Connection(host={}, port={})>, {})", url.https() ? "S" : "",
        text::python_repr(url.host()), url.port(),
        text::python_repr(
            fmt::format("Connection to {} timed out. (connect timeout={})", url.host(), seconds)));
  }
  if (head_complete_) {
    return exception_text("ReadTimeoutError", pool + ": Read timed out.");
  }
  return fmt::format(
      "ReadTimeout({})",
      exception_text("ReadTimeoutError",
                     fmt::format("{}: Read timed out. (read timeout={})", pool, seconds)));
}

void CurlTransfer::note_progress() {
  if (time_limit()) {
    last_progress_ = scheduler_.clock().now();
  }
}

void CurlTransfer::wake() {
  if (waiter_ != nullptr) {
    waiter_->resume();
  }
}

bool CurlTransfer::take_body(std::string& piece) {
  if (result.body.empty()) {
    return false;
  }
  piece.swap(result.body);
  result.body.clear();
  if (paused_) {
    paused_ = false;
    on_loop_stack([this] { curl_easy_pause(easy_.get(), CURLPAUSE_CONT); });
  }
  return true;
}

bool CurlTransfer::wait_for_body() {
  DCHECK(!done());
  DCHECK(waiter_ == nullptr);
  DCHECK(scheduler_.running() != nullptr);
  struct Waiting {
    CurlTransfer& transfer;
    ~Waiting() {
      transfer.waiter_ = nullptr;
      transfer.timer_.cancel();
    }
  };
  waiter_ = scheduler_.running();
  const Waiting waiting{*this};
  if (request.read_timeout) {  // the time between two reads doesn't count
    note_progress();
    timer_.arm(last_progress_ + *request.read_timeout);
  }
  return coro::this_coroutine::suspend();
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  try {
    transfer.take_header_line(std::string_view(data, size * count));
    return size * count;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

void CurlTransfer::take_header_line(std::string_view line) {
  note_progress();
  if (!sent_) {  // it is the proxy's response to CONNECT
    if (line.starts_with("HTTP/")) {
      tunnel_answer_ = trim(line.substr(std::min(line.find(' '), line.size())));
    }
    return;
  }
  if (!head_seen_ || head_complete_) {
    if (line.starts_with("HTTP/")) {
      take_status_line(line);
    }  // otherwise a trailer after a chunked body, which requests ignores, too
    return;
  }
  if (trim(line).empty()) {
    end_of_head();
    return;
  }
  result.header_lines += line;
  const int first = line.front() | 0x20;
  if (first == 's') {
    result.sets_cookies =
        result.sets_cookies || equal_ignoring_case(split_header(line).first, "Set-Cookie");
  } else if (first == 'c') {
    const auto [name, value] = split_header(line);
    if (equal_ignoring_case(name, "content-encoding") && !is_known_encoding(value)) {
      // requests returns a body that it can't decode; libcurl would fail.
      easy_.stop_decoding();
    }
  }
}

/// The first status line, or the one after `100 Continue`.
void CurlTransfer::take_status_line(std::string_view line) {
  head_seen_ = true;
  head_complete_ = false;
  result.header_lines.clear();
  result.sets_cookies = false;
  line = trim(line);
  const std::size_t code = std::min(line.find(' '), line.size() - 1) + 1;
  const std::size_t reason = std::min(line.find(' ', code), line.size());
  status_ = 0;
  std::from_chars(line.data() + code, line.data() + reason, status_);
  result.reason = trim(line.substr(reason));
}

void CurlTransfer::end_of_head() {
  DCHECK(head_seen_ && !head_complete_);
  head_complete_ = true;
  const bool redirects = request.follows && is_redirect(status_) &&
                         !find_header(result.header_lines, "Location").empty();
  if (request.stream && status_ >= 200 && !redirects) {
    streaming_ = true;
    result.status_code = status_;
    result.finished_at = scheduler_.clock().now();
    timer_.cancel();
    wake();
    waiter_ = nullptr;
  }
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::string_view bytes(data, size * count);
  try {
    transfer.note_progress();
    if (!transfer.head_seen_) {
      const std::size_t end = bytes.find('\n');
      transfer.bad_status_line_ = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
      return 0;
    }
    if (transfer.streaming_ && transfer.result.body.size() >= kStreamBuffer) {
      transfer.paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    if (transfer.result.body.empty() && !transfer.streaming_) {
      transfer.reserve_body();
    }
    transfer.result.body += bytes;
    if (transfer.streaming_) {
      transfer.wake();
    }
    return bytes.size();
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

/// Without this, the string grows by doubling and copies its contents each time.
void CurlTransfer::reserve_body() {
  curl_off_t expected = 0;  // -1: unknown
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
  if (expected > 0) {
    result.body.reserve(std::min(static_cast<std::size_t>(expected), kBodyReservedMax));
  }
}

/// libcurl repeats a request when a kept connection was closed without a response. A load generator
/// must not send requests that it doesn't count, and Python doesn't repeat it either.
int CurlTransfer::on_before_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.repeated_ = transfer.sent_;
  transfer.sent_ = true;
  transfer.any_sent_ = true;
  if (!transfer.sockets_.empty()) {
    transfer.engine_.forget_sockets(transfer);
  }
  transfer.note_progress();
  const ExchangeRequest& request = transfer.request;
  if (request.read_timeout != request.connect_timeout) {
    if (request.read_timeout) {
      transfer.timer_.arm(transfer.last_progress_ + *request.read_timeout);
    } else {
      transfer.timer_.cancel();
    }
  }
  return transfer.repeated_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.replace_stand_in(*address)) {
    transfer.engine_.attempt_ended(transfer);
    return CURL_SOCKET_BAD;
  }
  transfer.share_->note_connection();
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  transfer.open_error_ = fd < 0 ? errno : 0;
  if (fd < 0) {
    transfer.engine_.attempt_ended(transfer);
    return CURL_SOCKET_BAD;
  }
  transfer.engine_.note_socket(transfer, fd);
  return fd;
}

bool CurlTransfer::replace_stand_in(curl_sockaddr& address) {
  const auto wanted = net::SocketAddress::from(address.addr, address.addrlen);
  const auto stand_in = wanted ? engine_.stand_ins_.decode(*wanted) : std::nullopt;
  if (!stand_in) {
    return true;  // it is a real address
  }
  if (sent_) {
    repeated_ = true;  // on_before_request() would refuse the request after connecting
    return false;
  }
  return addresses_.replace(*stand_in, address);
}

}  // namespace cppworker::http
