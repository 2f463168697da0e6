#include "http/curl_transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include <cppworker/version.hpp>

#include "http/curl_engine.hpp"
#include "http/curl_failure.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "stats/python_repr.hpp"

namespace cppworker::http {

namespace {

constexpr const char* kUserAgent = "cpp-worker/" CPPWORKER_VERSION;
/// What requests asks for, and libcurl decodes.
constexpr const char* kAcceptEncoding = "gzip, deflate, br";

bool is_known_encoding(std::string_view encoding) {
  static constexpr std::array<std::string_view, 6> kKnown{"gzip", "x-gzip",   "deflate",
                                                          "br",   "identity", "zstd"};
  return encoding.find(',') != std::string_view::npos ||
         std::ranges::any_of(kKnown, [encoding](std::string_view known) {
           return equal_ignoring_case(encoding, known);
         });
}

}  // namespace

CurlTransfer::CurlTransfer(CurlEngine& engine, coro::Scheduler& scheduler)
    : engine_(engine),
      scheduler_(scheduler),
      timer_(scheduler, &CurlEngine::on_transfer_timeout, this) {}

void CurlTransfer::make_easy(const std::string& ca_file) {
  easy_.reset(curl_easy_init());
  CURL* easy = easy_.get();
  if (easy == nullptr) {
    throw std::bad_alloc();
  }
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  // Something that isn't HTTP has to reach on_body(): its first line is in the failure's text.
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // Url has done it as requests does
  curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");  // cookies, in the memory of the share
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, kAcceptEncoding);
  if (!ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  }
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

void CurlTransfer::set_up(CURLSH* share, curl_slist* default_headers) {
  CURL* easy = easy_.get();
  own_headers_.reset();
  for (const std::string& line : request.header_lines) {
    append(own_headers_, line);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, own_headers_ ? own_headers_.get() : default_headers);
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_list_.get());
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 1L);
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  const Url& url = *request.url;
  curl_easy_setopt(easy, CURLOPT_URL,
                   url.text_is_for_wire() ? url.text().c_str() : url.wire_text().c_str());
  set_method();
  if (request.timeout) {
    note_progress();
    timer_.arm(last_progress_ + *request.timeout);
  }
}

void CurlTransfer::set_method() {
  CURL* easy = easy_.get();
  const char* custom_method = nullptr;
  const std::string method(request.method);
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    // A null pointer would mean: ask the read callback.
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    custom_method = method == "POST" ? nullptr : method.c_str();
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    custom_method = method == "GET" ? nullptr : method.c_str();
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, custom_method);
}

void CurlTransfer::fail_unsent(std::string failure) {
  reset_result();
  result.failure = std::move(failure);
  result.finished_at = scheduler_.clock().now();
}

void CurlTransfer::reset_result() {
  result.status_code = 0;
  result.reason.clear();
  result.header_lines.clear();
  result.body.clear();
  result.failure.clear();
  result.failed_in_body = false;
  open_error_ = 0;
  hop_sent_ = false;
  repeated_ = false;
  head_seen_ = false;
  head_complete_ = false;
  bad_status_line_.clear();
  error_buffer_.front() = '\0';
}

/// On success: what is in `result`; otherwise its failure.
void CurlTransfer::collect(CURLcode code) {
  CURL* easy = easy_.get();
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    result.status_code = static_cast<int>(status);
    return;
  }
  if (repeated_) {
    result.failure =
        exception_text("RemoteDisconnected", "Remote end closed connection without response");
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
  result.failure = describe(failure);
  result.failed_in_body = head_complete_;
}

std::string CurlTransfer::timeout_text() const {
  const Url& url = *request.url;
  const std::string pool = pool_text(url.https(), url.host(), url.port());
  const std::string seconds = seconds_text(std::chrono::duration<double>(*request.timeout).count());
  curl_off_t connect_time = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connect_time);
  if (!hop_sent_ && connect_time == 0) {
    // Python shows the connection's address, too, which makes every failure a row of its own.
    return fmt::format(
        "ConnectTimeoutError(<HTTP{}Connection(host={}, port={})>, {})", url.https() ? "S" : "",
        stats::python_repr(url.host()), url.port(),
        stats::python_repr(
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
  if (request.timeout) {
    last_progress_ = scheduler_.clock().now();
  }
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
  if (!head_seen_ || head_complete_) {
    if (!line.starts_with("HTTP/")) {
      return;  // a trailer, behind a chunked body; requests ignores them, too
    }
    // The first status line, or the one after `100 Continue`.
    head_seen_ = true;
    head_complete_ = false;
    result.header_lines.clear();
    line = trim(line);
    const std::size_t code = std::min(line.find(' '), line.size() - 1) + 1;
    const std::size_t reason = std::min(line.find(' ', code), line.size());
    result.reason = trim(line.substr(reason));
    return;
  }
  if (trim(line).empty()) {
    head_complete_ = true;
    return;
  }
  result.header_lines += line;
  if ((line.front() | 0x20) == 'c') {
    const auto [name, value] = split_header(line);
    if (equal_ignoring_case(name, "content-encoding") && !is_known_encoding(value)) {
      // requests hands out what it can't decode, libcurl would fail.
      curl_easy_setopt(easy_.get(), CURLOPT_HTTP_CONTENT_DECODING, 0L);
    }
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
    transfer.result.body += bytes;
    return bytes.size();
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

/// libcurl repeats a request that a kept connection has swallowed. A load generator mustn't send
/// what it doesn't count, and Python doesn't repeat it either.
int CurlTransfer::on_before_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.note_progress();
  transfer.repeated_ = transfer.hop_sent_;
  transfer.hop_sent_ = true;
  transfer.sent_ = true;
  return transfer.repeated_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  transfer.open_error_ = fd < 0 ? errno : 0;
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

}  // namespace cppworker::http
