#include "websocket/client.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

#include <cppworker/events.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_response.hpp>

#include "coro/loop_stack.hpp"
#include "coro/scheduler.hpp"
#include "coro/stack_frame.hpp"
#include "http/call.hpp"
#include "http/stopped_text.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"
#include "user/deadline.hpp"
#include "user/life/guarded.hpp"
#include "user/merged_context.hpp"
#include "user/shard.hpp"
#include "websocket/close_code.hpp"
#include "websocket/handshake.hpp"

namespace cppworker::websocket {

namespace {

constexpr int kSwitchingProtocols = 101;
constexpr std::size_t kReasonMax = 123;  // what a Close frame has room for
constexpr std::size_t kSizeMax = std::size_t{1} << 30U;

std::string error_text(std::string_view message) {
  return "WebSocketError(" + text::python_repr(message) + ")";
}

void check(const WebSocketOptions& options) {
  if (!(options.ping_interval >= Seconds::zero())) {
    throw std::invalid_argument("websocket(): ping_interval must not be negative");
  }
  if (options.message_size_max == 0 || options.message_size_max > kSizeMax) {
    throw std::invalid_argument("websocket(): message_size_max must be from 1 byte to 1 GiB");
  }
}

void check_text(std::string_view text, bool binary, const char* function) {
  if (!binary && !text::is_utf8(text)) {
    throw std::invalid_argument(std::string(function) +
                                ": the text is not UTF-8. Send bytes with .binary = true");
  }
}

/// ws:// and wss:// as http:// and https://, which a session can request.
std::string http_url(std::string_view url) {
  if (url.starts_with("ws://") || url.starts_with("wss://")) {
    return "http" + std::string(url.substr(2));
  }
  return std::string(url);
}

}  // namespace

std::shared_ptr<Client> Client::connect(std::shared_ptr<http::HttpClient> http,
                                        std::string_view url, const WebSocketOptions& options) {
  check(options);
  const auto client = std::make_shared<Client>(
      std::move(http), options.name.empty() ? std::string(url) : std::string(options.name),
      options.report);
  client->open(url, options);
  return client;
}

Client::Client(std::shared_ptr<http::HttpClient> http, std::string name, bool reports)
    : http_(std::move(http)), name_(std::move(name)), reports_(reports) {}

Client::~Client() {
  if (session_ == nullptr) return;
  if (closing_ != coro::TimePoint{} && !session_->end()) count_cut_off("WS close", "");
  coro::on_loop_stack([this] { session_->abandon(); });
}

coro::TimePoint Client::now() const { return http_->environment.shard().scheduler.clock().now(); }

CPPWORKER_OWN_FRAME void Client::open(std::string_view url, const WebSocketOptions& options) {
  std::mt19937_64& random = http_->environment.shard().random;
  const Offer offer{.key = handshake_key({random(), random()}),
                    .subprotocols = options.subprotocols,
                    .compression = options.compression,
                    .server_context = options.server_context_takeover};
  Headers headers = options.headers;
  for (auto& [name, value] : request_headers(offer)) headers[name] = value;
  const RequestOptions request{
      .name = std::string_view(name_), .headers = std::move(headers), .timeout = options.timeout};
  const coro::TimePoint start = now();
  http::Upgrade upgraded = http::upgrade(*http_, http_url(url), request, reports_);
  if (upgraded.stopped) {
    stopped_ = true;
    error_ = http::kStoppedText;
    return;
  }
  const coro::TimePoint ended = upgraded.ended;
  const Response response = std::move(upgraded.response);
  status_code_ = response.status_code;
  Agreement agreement;
  if (status_code_ == 0) {
    error_ = response.error;
  } else if (status_code_ != kSwitchingProtocols) {
    error_ = "WebSocketBadStatus(" + std::to_string(status_code_) + ")";
  } else {
    agreement = check_response(offer, response.headers);
    if (!agreement.error.empty()) error_ = error_text(agreement.error);
  }
  if (error_.empty()) {
    subprotocol_ = agreement.subprotocol;
    const auto interval =
        std::chrono::ceil<coro::Duration>(std::min(options.ping_interval, http::kTimeoutMax));
    start_session(std::move(upgraded), {.compression = agreement.compression,
                                        .client_window_bits = agreement.client_window_bits,
                                        .message_size_max = options.message_size_max,
                                        .queue_size_max = options.queue_size_max,
                                        .ping_interval = interval});
  }
  report({.type = "WS", .time = ended - start, .failure = error_, .url = response.url}, start,
         ended);
}

void Client::start_session(http::Upgrade upgraded, const Session::Settings& settings) {
  detail::Shard& shard = http_->environment.shard();
  opened_ = upgraded.ended;
  session_ =
      std::make_shared<Session>(shard.scheduler, shard.random, std::move(upgraded.connection),
                                settings, static_cast<Session::Owner&>(*this));
  session_->begin(std::move(upgraded.rest));
}

void Client::report(const Row& row, coro::TimePoint start, coro::TimePoint ended) const {
  if (!reports_) return;
  if (http_->environment.shard().scheduler.running() != nullptr) {
    fire(row, detail::merged_context(http_->user, row.context), start, ended);
    return;
  }
  // On the scheduler's own stack, nothing may be thrown, and the row is counted in any case.
  Value context = row.context.empty() ? Value{} : Value{Value::Map(row.context)};
  run_guarded("context", [&] { context = detail::merged_context(http_->user, row.context); });
  run_guarded("a request listener", [&] { fire(row, std::move(context), start, ended); });
}

void Client::run_guarded(std::string_view place, const std::function<void()>& function) const {
  const std::shared_ptr<http::HttpClient> http = http_;  // the function may destroy this object
  detail::run_guarded(http->environment, http->user, place, function);
}

void Client::fire(const Row& row, Value context, coro::TimePoint start,
                  coro::TimePoint ended) const {
  const Environment& environment = http_->environment;
  RequestEvent event{.request_type = row.type,
                     .name = row.name.empty() ? std::string_view(name_) : row.name,
                     .response_time = row.time,
                     .response_length = static_cast<std::int64_t>(row.length),
                     .start_time = environment.shard().unix_time(start),
                     .url = row.url,
                     .context = std::move(context)};
  if (!row.failure.empty()) event.exception = row.failure;
  environment.events.request.fire_ended(event, ended);
}

/// Called on the scheduler's own stack, or by the coroutine that is in close().
void Client::on_session_end(const Session::End& end) {
  const std::shared_ptr<Client> self =
      shared_from_this();  // a listener may drop the last reference
  const coro::TimePoint ended = now();
  close_code_ = end.code == kAbnormal ? std::uint16_t{0} : end.code;
  error_ = end.error;
  const bool is_ours = closing_ != coro::TimePoint{};
  // A server answers a Close frame with the same code. Another code is its own: the frames crossed.
  const bool in_order =
      end.error.empty() && (end.code == kNormalClosure || end.code == kGoingAway ||
                            end.code == kNoStatus || (is_ours && end.code == closing_code_));
  if (!in_order && error_.empty()) error_ = closed_text(end.code, end.reason);
  Row row{.type = "WS close", .failure = error_};
  if (is_ours) row.time = ended - closing_;
  row.context = Value::Map{{"code", static_cast<std::int64_t>(end.code)},
                           {"session_seconds", Seconds(ended - opened_).count()}};
  report(row, is_ours ? closing_ : ended, ended);
}

void Client::count_cut_off(std::string_view type, std::string_view name) const {
  if (!reports_) return;
  const std::string row = std::string(type) + " " + (name.empty() ? name_ : std::string(name));
  ++http_->environment.shard().cut_off_requests[row];
}

bool Client::send(std::string_view message, const WebSocketSend& options) {
  check_text(message, options.binary, "WebSocket::send()");
  if (stopped_) return false;
  const coro::TimePoint start = now();
  std::string failure = session_ == nullptr ? error_
                                            : session_->send(options.binary, message,
                                                             detail::deadline_after(Seconds{60}));
  const bool sent = failure.empty();
  report({.type = "WSS",
          .name = options.name,
          .length = message.size(),
          .failure = std::move(failure)},
         start, now());
  return sent;
}

WebSocketMessage Client::receive(Seconds timeout, std::string_view name) {
  coro::this_coroutine::self("WebSocket::receive");
  if (stopped_) return {.error = error_};
  const coro::TimePoint start = now();
  Session::Result result = session_ == nullptr ? Session::Result{.error = error_}
                                               : session_->receive(detail::deadline_after(timeout));
  if (result.stopped) return {.error = std::move(result.error)};
  return report_message({.type = "WSR", .name = name}, std::move(result), start, {});
}

WebSocketMessage Client::request(std::string_view message, const WebSocketRequest& options,
                                 const WebSocket::Check& check) {
  check_text(message, options.binary, "WebSocket::request()");
  coro::this_coroutine::self("WebSocket::request");
  // A stopped user sends nothing whose answer it can't wait for.
  if (stopped_ || !coro::this_coroutine::check_stop()) {
    return {.error = std::string(http::kStoppedText)};
  }
  const coro::TimePoint start = now();
  const coro::TimePoint deadline = detail::deadline_after(options.timeout);
  Session::Result result;
  try {
    result.error = session_ == nullptr ? error_ : session_->send(options.binary, message, deadline);
    if (result.error.empty()) {
      result = session_->await(options.match ? &options.match : nullptr, deadline);
    }
  } catch (const StopUser&) {
    count_cut_off("WSC", options.name);
    throw;
  }
  if (result.stopped) {
    count_cut_off("WSC", options.name);
    return {.error = std::move(result.error)};
  }
  return report_message({.type = "WSC", .name = options.name}, std::move(result), start, check);
}

WebSocketMessage Client::report_message(Row row, Session::Result result, coro::TimePoint start,
                                        const WebSocket::Check& check) const {
  const coro::TimePoint ended = result.message ? std::max(result.message->at, start) : now();
  WebSocketMessage message{.error = std::move(result.error), .elapsed = ended - start};
  if (result.message) {
    message.text = std::move(result.message->text);
    message.binary = result.message->binary;
  }
  row.time = message.elapsed;
  row.length = message.text.size();
  row.failure = message.error;
  if (!check) {
    report(row, start, ended);
    return message;
  }
  CatchMessage caught(std::move(message));
  std::exception_ptr thrown;
  try {
    check(caught);
  } catch (const StopUser&) {
    if (!caught.verdict()) count_cut_off(row.type, row.name);
    thrown = std::current_exception();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (const auto& verdict = caught.verdict()) {
    row.failure = *verdict ? "CatchResponseError(" + text::python_repr(**verdict) + ")" : "";
  }
  if (thrown == nullptr || caught.verdict()) report(row, start, ended);
  if (thrown != nullptr) std::rethrow_exception(thrown);
  return static_cast<WebSocketMessage&&>(caught);
}

void Client::on_message(WebSocket::OnMessage function) {
  if (session_ == nullptr) {
    return;
  }
  if (!function) {
    session_->set_on_message(nullptr);
    return;
  }
  session_->set_on_message([this, function = std::move(function)](const Session::Message& message) {
    call_on_message(function, message);
  });
}

void Client::call_on_message(const WebSocket::OnMessage& function,
                             const Session::Message& message) const {
  run_guarded("WebSocket::on_message", [&function, &message] {
    function({.text = message.text, .binary = message.binary});
  });
}

void Client::close(std::uint16_t code, std::string_view reason, Seconds timeout) {
  if (code != kNormalClosure && (code < 3000 || code > 4999)) {
    throw std::invalid_argument("WebSocket::close(): the code must be 1000, or from 3000 to 4999");
  }
  if (reason.size() > kReasonMax || !text::is_utf8(reason)) {
    throw std::invalid_argument(
        "WebSocket::close(): the reason must be UTF-8 of at most 123 bytes");
  }
  if (session_ == nullptr || session_->end()) {
    return;
  }
  coro::this_coroutine::self("WebSocket::close");  // in on_message() it throws: nothing has changed
  if (closing_ == coro::TimePoint{}) {
    closing_ = now();
    closing_code_ = code;
  }
  session_->close(code, reason, detail::deadline_after(timeout));
}

bool Client::wait_closed(Seconds timeout) {
  return session_ == nullptr || session_->wait_ended(detail::deadline_after(timeout));
}

}  // namespace cppworker::websocket
