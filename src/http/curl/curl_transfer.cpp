#include "http/curl/curl_transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "http/curl/curl_engine.hpp"
#include "http/curl/curl_failure.hpp"
#include "http/header_lines.hpp"
#include "http/redirect.hpp"
#include "net/source_addresses.hpp"

namespace cppworker::http {

namespace {

using Phase = Failure::Phase;

/// The most bytes of a streamed body that are buffered for a slow reader.
constexpr std::size_t kStreamBuffer = std::size_t{256} * 1024;
/// The most times that a request is sent, if the server refuses it each time. As libcurl.
constexpr int kTriesMax = 5;

// As in http.client.
constexpr std::size_t kLineMax = 65'536;  // bytes of a line, with its end
constexpr int kLinesMax = 100;            // of headers, with the empty line

/// @param answer the status line of a proxy
bool opens_tunnel(std::string_view answer) {
  return answer.substr(std::min(answer.find(' '), answer.size())).starts_with(" 2");
}

/// For a continued header line: removes the end of the line with the blanks before it.
void open_last_line(std::string& lines) { lines.resize(lines.find_last_not_of(" \t\r\n") + 1); }

/// Whether libcurl's TLS is OpenSSL, not some other library.
bool uses_openssl() {
  static const bool uses =
      std::string_view(curl_version_info(CURLVERSION_NOW)->ssl_version).starts_with("OpenSSL/");
  return uses;
}

}  // namespace

CurlTransfer::CurlTransfer(CurlEngine& engine, std::shared_ptr<CurlShare> share,
                           const Exchange::Request& request)
    : engine_(engine),
      scheduler_(engine.scheduler_),
      share_(std::move(share)),
      request_(request),
      host_is_address_(request.url->host_is_address()),
      addresses_(engine.names_, engine.stand_ins_),
      timer_(std::in_place, scheduler_, &CurlEngine::on_transfer_timeout, this) {
  if (request.phases != nullptr) phases_.emplace(scheduler_.clock());
  request_.phases = nullptr;
}

void CurlTransfer::set_up(HeaderList resolve_list) {
  easy_.emplace(request_, *share_, engine_.settings_, std::move(resolve_list));
  set_callbacks();
  ++tries_;
  restart_timeout();
}

void CurlTransfer::set_callbacks() {
  CURL* const easy = easy_->get();
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
  if (uses_openssl()) {
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlTransfer::on_tls_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
  }
  if (request_.transport.http_version == HttpVersion::kHttp2) {
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &CurlTransfer::on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
  }
}

void CurlTransfer::reset() {
  DCHECK(!streaming_ && !easy_);
  addresses_.restart();
  result.reason.clear();
  result.header_lines.clear();
  result.body.clear();
  result.failure = {};
  tls_began_.reset();
  open_error_ = 0;
  status_ = 0;
  connected_ = false;
  sent_ = false;
  sending_ = false;
  repeated_ = false;
  uploads_ = false;
  head_seen_ = false;
  head_complete_ = false;
  refusal_ = {};
  http2_ = false;
  tunnel_answer_.clear();
  error_buffer_.front() = '\0';
}

std::string CurlTransfer::remote_address() const {
  const char* ip = nullptr;
  long port = 0;
  curl_easy_getinfo(easy_->get(), CURLINFO_PRIMARY_IP, &ip);
  curl_easy_getinfo(easy_->get(), CURLINFO_PRIMARY_PORT, &port);
  if (ip == nullptr || *ip == '\0') return {};
  const bool is_ip6 = std::string_view(ip).find(':') != std::string_view::npos;
  return is_ip6 ? fmt::format("[{}]:{}", ip, port) : fmt::format("{}:{}", ip, port);
}

/// libcurl has made its settings of TLS (0.2 ms) and begins the handshake.
CURLcode CurlTransfer::on_tls_context(CURL*, void* context, void* self) {
  auto* const tls = static_cast<SSL_CTX*>(context);
  // The same settings as those of our own connections.
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);  // libcurl 7.88 sets this itself, 8.14 doesn't
  // As for Python's sockets, the end of the connection without close_notify is not an error.
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.phases_) transfer.tls_began_ = transfer.scheduler_.clock().now();
  return CURLE_OK;
}

/// CURLINFO_CONNECT_TIME_T is the time at which the TCP connection was there, and
/// CURLINFO_NAMELOOKUP_TIME_T that at which libcurl began to connect (CurlAddresses has looked the
/// name up before). libcurl sets both also if it uses a connection again, but then it has opened no
/// socket.
void CurlTransfer::end_connecting() {
  if (!phases_ || !std::exchange(opened_, false)) return;
  curl_off_t began_us = 0;
  curl_off_t connected_us = 0;
  curl_easy_getinfo(easy_->get(), CURLINFO_NAMELOOKUP_TIME_T, &began_us);
  curl_easy_getinfo(easy_->get(), CURLINFO_CONNECT_TIME_T, &connected_us);
  const bool is_connected = connected_us > 0;
  if (is_connected) phases_->add_connection();
  if (is_connected && request_.url->https()) {
    // Otherwise the proxy's answer to CONNECT belongs to the handshake.
    const auto began = tunnel_answer_.empty() ? tls_began_ : std::nullopt;
    phases_->leave_after(std::chrono::microseconds(connected_us - began_us), stats::Phase::kTls,
                         began);
  } else {
    phases_->leave();
  }
}

/// The head of the response has begun.
void CurlTransfer::end_waiting() {
  if (!phases_ || phases_->is_in(stats::Phase::kReceive)) return;
  if (phases_->is_in(stats::Phase::kSend) && !uploads_) {
    phases_->leave_after({}, stats::Phase::kWait);  // libcurl has sent the small body with the head
  }
  phases_->enter(stats::Phase::kReceive);
}

/// Completes `result`.
void CurlTransfer::collect(CURLcode code) {
  result.remote_address = remote_address();
  if (code == CURLE_OK && head_seen_) {
    head_complete_ = true;  // as for http.client, if the connection has ended before the empty line
  }
  if (has_answer()) {
    result.status_code = status_;
    if (code == CURLE_OK || ends_with_head_) {
      return;
    }
  }
  if (!result.failure) {
    collect_failure(code);
  }
}

void CurlTransfer::collect_failure(CURLcode code) {
  connected_ = true;  // the codes of failures to connect are known to failure_of()
  if (!sent_ && !tunnel_answer_.empty() && !opens_tunnel(tunnel_answer_)) {
    fail(Failure::with(Failure::Cause::kTunnelRefused, {.text = tunnel_answer_}));
    return;
  }
  if (refusal_.refused()) {
    code = CURLE_HTTP2_STREAM;
  } else if (repeated_ || code == CURLE_OK) {
    code = CURLE_GOT_NOTHING;
  }
  CURL* const easy = easy_->get();
  long os_error = 0;
  CurlFailure failure{.code = code,
                      .phase = phase(),
                      .message = error_buffer_.data(),
                      .host_is_address = host_is_address_};
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  failure.os_error = open_error_ != 0 ? open_error_ : static_cast<int>(os_error);
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &failure.body_received);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &failure.body_expected);
  result.failure = failure_of(failure);
}

void CurlTransfer::fail(Failure failure) {
  failure.phase = phase();
  result.failure = std::move(failure);
}

bool CurlTransfer::may_repeat(CURLcode code) {
  return code != CURLE_OK && !head_seen_ && refusal_.refused() && tries_ < kTriesMax;
}

/// How far the exchange has come.
Phase CurlTransfer::phase() const {
  if (has_answer()) {
    return Phase::kBody;
  }
  if (sent_) {
    return sending_ ? Phase::kSend : Phase::kResponse;
  }
  if (!request_.url->https() || !connected_) {
    return Phase::kConnect;
  }
  const bool tunnels = request_.transport.may_have_proxy() && !opens_tunnel(tunnel_answer_);
  return tunnels ? Phase::kTunnel : Phase::kTlsHandshake;
}

/// The time limit of the present phase begins now.
void CurlTransfer::restart_timeout() {
  last_progress_ = scheduler_.clock().now();
  if (const auto& limit = time_limit()) {
    timer_->arm(last_progress_ + *limit);
  } else {
    timer_->cancel();
  }
}

/// Bytes of the response have arrived. The timer stays: on_transfer_timeout() checks the time.
void CurlTransfer::note_progress() {
  if (sent_ && time_limit()) {
    last_progress_ = scheduler_.clock().now();
  }
}

void CurlTransfer::uses_socket(curl_socket_t fd, int poll) {
  connected_ = (connected_ && socket_ == fd) || (poll & CURL_POLL_IN) != 0;
  socket_ = fd;
  engine_.sockets_.set_user(fd, *this);
  uploads_ = uploads_ || (sent_ && (poll & CURL_POLL_OUT) != 0);
  if (sending_ && (poll & CURL_POLL_OUT) == 0) {
    sending_ = false;
    restart_timeout();
    if (phases_ && phases_->is_in(stats::Phase::kSend)) phases_->enter(stats::Phase::kWait);
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
    coro::on_loop_stack([this] { curl_easy_pause(easy_->get(), CURLPAUSE_CONT); });
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
      transfer.timer_->cancel();
    }
  };
  waiter_ = scheduler_.running();
  const Waiting waiting{*this};
  restart_timeout();  // the time between two reads doesn't count
  return coro::this_coroutine::suspend();
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  try {
    return transfer.take_header_line(std::string_view(data, size * count)) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

bool CurlTransfer::take_header_line(std::string_view line) {
  note_progress();
  if (!sent_) {  // it is the proxy's response to CONNECT
    if (line.starts_with("HTTP/")) {
      tunnel_answer_ = trim(line);
    }
    return true;
  }
  if (!head_seen_ || head_complete_) {
    // Otherwise it is a trailer after a chunked body, which requests ignores, too.
    return !line.starts_with("HTTP/") || take_status_line(line);
  }
  if (!http2_ && (line.size() > kLineMax || ++lines_ > kLinesMax)) {
    result.failure = lines_ > kLinesMax
                         ? Failure{.cause = Failure::Cause::kTooManyHeaders, .number = kLinesMax}
                         : Failure::with(Failure::Cause::kLineTooLong, {.text = "header line"});
    return false;
  }
  if (trim(line).empty()) {
    return end_of_head();
  }
  take_header(line);
  return true;
}

/// The first status line, or the one after an interim response.
bool CurlTransfer::take_status_line(std::string_view line) {
  end_waiting();
  head_seen_ = true;
  head_complete_ = false;
  lines_ = 0;
  result.header_lines.clear();
  result.sets_cookies = false;
  result.is_encoded = false;
  http2_ = line.starts_with("HTTP/2");
  if (http2_) {
    engine_.sockets_.set_http2(socket_);
  }
  const std::string_view trimmed = trim(line);
  const std::size_t code = std::min(trimmed.find(' '), trimmed.size() - 1) + 1;
  const std::size_t reason = std::min(trimmed.find(' ', code), trimmed.size());
  const std::string_view version = trimmed.substr(0, trimmed.find(' '));
  status_ = 0;
  std::from_chars(trimmed.data() + code, trimmed.data() + reason, status_);
  result.reason = trim(trimmed.substr(reason));
  if (line.size() > kLineMax) {
    result.failure = Failure::with(Failure::Cause::kLineTooLong, {.text = "status line"});
  } else if (status_ < 100 || status_ > 999) {
    result.failure = Failure::with(Failure::Cause::kBadStatusLine, {.text = std::string(line)});
  } else if (version.starts_with("HTTP/3")) {  // libcurl 8 accepts "HTTP/3.7"
    result.failure =
        Failure::with(Failure::Cause::kUnknownProtocol, {.text = std::string(version)});
  }
  return !result.failure;
}

void CurlTransfer::take_header(std::string_view line) {
  std::string& lines = result.header_lines;
  const std::string_view text = line.substr(0, line.find_first_of("\r\n"));
  if (text.front() == ' ' || text.front() == '\t') {
    if (!lines.empty()) {  // it continues the line before
      open_last_line(lines);
      lines.append(" ").append(trim(text)).append("\r\n");
    }
    return;
  }
  lines.append(text).append("\r\n");
  const std::string_view name = split_header(text).first;
  result.sets_cookies = result.sets_cookies || equal_ignoring_case(name, "Set-Cookie");
  result.is_encoded = result.is_encoded || equal_ignoring_case(name, "Content-Encoding");
}

bool CurlTransfer::end_of_head() {
  DCHECK(head_seen_ && !head_complete_);
  head_complete_ = true;
  if (!http2_ && status_ == 101) {
    // What follows belongs to another protocol. libcurl would receive it as the body.
    ends_with_head_ = true;
    return false;
  }
  const bool redirects = request_.follows && is_redirect(status_) &&
                         !find_header(result.header_lines, "Location").empty();
  if (request_.stream && status_ >= 200 && !redirects) {
    streaming_ = true;
    result.status_code = status_;
    result.remote_address = remote_address();
    result.finished_at = scheduler_.clock().now();
    body_received_at_ = result.finished_at;
    leave_phase();
    timer_->cancel();
    wake();
    waiter_ = nullptr;
  }
  return true;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::string_view bytes(data, size * count);
  std::string& body = transfer.result.body;
  try {
    transfer.note_progress();
    if (!transfer.head_seen_) {
      const std::size_t end = bytes.find('\n');
      transfer.result.failure =
          Failure::with(Failure::Cause::kBadStatusLine,
                        {.text = std::string(bytes.substr(0, end == bytes.npos ? end : end + 1))});
      return 0;
    }
    if (transfer.streaming_ && body.size() >= kStreamBuffer) {
      transfer.paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    if (body.empty() && transfer.streaming_) {
      transfer.body_received_at_ = transfer.scheduler_.clock().now();
    } else if (body.empty()) {
      transfer.reserve_body();
    }
    body += bytes;
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
  curl_easy_getinfo(easy_->get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
  if (expected > 0) {
    result.body.reserve(std::min(static_cast<std::size_t>(expected), kBodyReservedMax));
  }
}

/// libcurl repeats a request when a kept connection was closed without a response. A load generator
/// must not send requests that it doesn't count, and Python doesn't repeat it either.
int CurlTransfer::on_before_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.repeated_ = transfer.sent_;
  if (transfer.repeated_) {
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.sent_ = true;
  transfer.result.sent = true;
  transfer.sending_ = !transfer.request_.body.empty();
  transfer.restart_timeout();
  transfer.end_connecting();
  transfer.enter(stats::Phase::kSend);
  if (!transfer.sending_) transfer.enter(stats::Phase::kWait);  // libcurl sends the head at once
  return CURL_PREREQFUNC_OK;
}

int CurlTransfer::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (type == CURLINFO_TEXT) {
    transfer.refusal_.take(std::string_view(data, size), [&transfer] {
      return transfer.error_buffer_.front() == '\0' && CurlSockets::is_open(transfer.socket_);
    });
  }
  return 0;
}

curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  CurlEngine& engine = transfer.engine_;
  if (!transfer.replace_stand_in(*address)) {
    engine.attempt_ended(transfer);
    return CURL_SOCKET_BAD;
  }
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  transfer.open_error_ = fd < 0 ? errno : 0;
  if (fd < 0) {
    engine.attempt_ended(transfer);
    return CURL_SOCKET_BAD;
  }
  transfer.open_error_ = net::SourceAddresses::process().bind(fd, address->family);
  if (transfer.open_error_ != 0) {
    ::close(fd);
    engine.attempt_ended(transfer);
    return CURL_SOCKET_BAD;
  }
  engine.sockets_.opened(fd, *transfer.share_, transfer);
  if (!std::exchange(transfer.opened_, true)) transfer.enter(stats::Phase::kConnect);
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
