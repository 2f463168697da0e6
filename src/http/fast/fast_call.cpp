#include "http/fast/fast_call.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>

#include "coro/prefetch.hpp"
#include "http/cookie_rules.hpp"
#include "http/failure_text.hpp"
#include "http/fast/content_encoding.hpp"
#include "http/fast/fast_failure.hpp"
#include "http/fast/request_head.hpp"
#include "http/header_lines.hpp"
#include "http/redirect.hpp"
#include "http/request_headers.hpp"

namespace cppworker::http::fast {

namespace {

/// Only these are sent again when it isn't known whether the server has seen them.
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

bool is_lost(const IoResult& result) {
  return result.kind == IoResult::Kind::kOsError &&
         (result.os_error == ECONNRESET || result.os_error == EPIPE);
}

}  // namespace

FastCall::FastCall(const Call& call, FastEngine& engine, ConnectionPool& pool, const Limits& limits)
    : call_(call),
      engine_(engine),
      pool_(pool),
      limits_(limits),
      patience_(engine.scheduler(), call.self),
      method_(sent_method(call)),
      first_(target_url(call)),
      follows_(call.options.allow_redirects.value_or(true)) {
  const SessionSettings& settings = call.session.settings;
  trust_.verify = settings.verify.enabled;
  if (trust_.verify) {
    trust_.ca_path = settings.verify.ca_path;
  }
  if (const std::optional<Auth>& auth = chosen_auth(call)) {
    authorization_ = basic_auth(*auth);
  }
  make_body();
}

/// Unlike HttpUser's, it says the character set.
void FastCall::make_body() {
  content_ = content(call_);
  json_ = content_.type == "application/json";  // also where redirects drop the body
  const RequestOptions& options = call_.options;
  if (!options.data.empty()) {
    content_.type = "text/plain; charset=utf-8";
  } else if (!options.form.empty() && options.files.empty()) {
    content_.type += "; charset=utf-8";
  }
  body_ = content_.bytes();
}

FastCall::End FastCall::run() {
  const int redirects_max = call_.session.settings.max_redirects;
  for (int redirects = 0;; ++redirects) {
    const Hop hop = exchange();
    if (hop == Hop::kStopped) {
      return End::kStopped;
    }
    if (answered_ && parser_.sets_cookies()) {
      keep_cookies();
    }
    if (hop == Hop::kFailed || location().empty()) {
      return End::kAnswered;
    }
    if (redirects == redirects_max) {
      fail(too_many_redirects_text(redirects_max, first_.text()));
      answered_ = false;
      return End::kAnswered;
    }
    if (!redirect()) {
      return End::kAnswered;
    }
  }
}

std::string_view FastCall::location() const {
  if (!follows_ || call_.session.settings.max_redirects <= 0 ||
      !is_redirect(parser_.status_code())) {
    return {};
  }
  return find_header(parser_.header_lines, "Location");
}

bool FastCall::streams() const {
  return call_.options.stream && parser_.head_complete() && location().empty();
}

/// Prepares the next hop; false if it is a failure instead.
bool FastCall::redirect() {
  std::optional<Url> next;
  try {
    next = url().redirected(location());
  } catch (const InvalidSchema&) {
    fail(redirect_scheme_text(location(), url().text()));
    answered_ = false;
    return false;
  }
  history_.push_back(answer());
  history_.back().url = url().text();
  redirected_ = std::move(next);
  failure_.clear();  // an undecodable body of a redirect is nobody's concern
  if (!keeps_body(parser_.status_code())) {
    if (method_ != "HEAD") {
      method_ = "GET";
    }
    body_ = {};
    content_.type.clear();
    body_dropped_ = true;
  }
  auth_dropped_ = redirected_->https() != first_.https() || redirected_->host() != first_.host() ||
                  redirected_->port() != first_.port();
  return true;
}

FastCall::Hop FastCall::fail(std::string failure) {
  failure_ = std::move(failure);
  return Hop::kFailed;
}

/// One request and its answer. A connection that was lost before the answer began is replaced as
/// geventhttpclient does it.
FastCall::Hop FastCall::exchange() {
  for (int attempts_left = limits_.attempts;; --attempts_left) {
    parser_.start(method_ == "HEAD");
    answered_ = false;
    ConnectionPool::Lease connection(pool_);
    IoResult result = connection.acquire(
        {.url = url(), .trust = trust_, .connect_timeout = limits_.connect_timeout}, patience_);
    bool send_failed = false;
    const bool connected = result.done();
    if (connected) {
      write_head();
      sent_ = true;
      patience_.limit(limits_.network_timeout);
      result = connection->send(engine_.send_buffer(), body_, patience_);
      send_failed = is_lost(result);  // the answer may tell why
      if (result.done() || send_failed) {
        result = read_answer(connection);
      }
    }
    if (result.done()) {
      if (streams()) {
        streamed_.emplace(std::move(connection));
      } else if (parser_.keep_alive()) {
        connection.keep();
      }
      return Hop::kAnswered;
    }
    if (result.kind == IoResult::Kind::kStopped) {
      return Hop::kStopped;
    }
    const bool lost = connected && !answered_ &&
                      (result.kind == IoResult::Kind::kClosed ||
                       (send_failed && result.kind != IoResult::Kind::kTimedOut));
    if (lost && attempts_left > 0 && is_idempotent(method_)) {
      continue;
    }
    return fail(answered_ ? body_failure(result) : request_failure(result, first_.text()));
  }
}

IoResult FastCall::read_answer(ConnectionPool::Lease& connection) {
  for (;;) {
    std::string_view bytes;
    patience_.limit(limits_.network_timeout);
    IoResult result = {.kind = connection->wait_readable(patience_)};
    if (result.done()) {
      prefetch(connection);
      result = connection->receive(bytes, patience_);
    }
    ResponseParser::Status status{};
    if (result.done()) {
      status = parser_.feed(bytes);
      // To geventhttpclient, what is wrong in the piece with the head's end is wrong with the head.
      answered_ =
          answered_ || (parser_.head_complete() && status != ResponseParser::Status::kFailed);
    } else if (!parser_.begun() && is_lost(result)) {
      return {.kind = IoResult::Kind::kClosed};
    } else if (result.kind != IoResult::Kind::kClosed || !parser_.begun()) {
      return result;
    } else {
      status = parser_.finish();
    }
    if (status == ResponseParser::Status::kFailed) {
      return IoResult::failed(parse_failure(parser_));
    }
    if (status == ResponseParser::Status::kComplete || streams()) {
      return {};
    }
  }
}

/// While the system call receives the answer, the processor fetches what is used after it: among
/// thousands of users all of it has left the cache.
void FastCall::prefetch(const ConnectionPool::Lease& connection) const {
  const SessionState& session = call_.session;
  coro::prefetch(&session, sizeof session);
  if (session.user != nullptr) {
    coro::prefetch(session.user, sizeof *session.user);
  }
  connection.prefetch();
}

void FastCall::write_head() {
  const SessionState& session = call_.session;
  std::string cookie;
  if (!session.cookies.empty()) {
    cookie = cookie_header(session.cookies, url(), detail::unix_time());
  }
  for (const auto& [name, value] : call_.options.cookies) {
    cookie.append(cookie.empty() ? "" : "; ").append(name).append("=").append(value);
  }
  write_request_head({.method = method_,
                      .url = url(),
                      .session = session.settings.headers,
                      .own = call_.options.headers,
                      .authorization = authorization_,
                      .content_type = content_.type,
                      .cookie = cookie,
                      .body_size = body_.size(),
                      .json = json_,
                      .to_proxy = limits_.proxied && !url().https(),
                      .redirected = redirected_.has_value(),
                      .body_dropped = body_dropped_,
                      .auth_dropped = auth_dropped_},
                     engine_.send_buffer());
}

void FastCall::keep_cookies() {
  store_cookies(call_.session.cookies, url(), parser_.header_lines, detail::unix_time());
}

std::shared_ptr<BodyStream> FastCall::take_stream(FastBodyStream::Owners owners) {
  auto stream = std::make_shared<FastBodyStream>(std::move(owners), std::move(*streamed_),
                                                 std::move(parser_), limits_.network_timeout);
  streamed_.reset();
  return stream;
}

Response FastCall::answer() {
  Response response;
  response.status_code = parser_.status_code();
  response.reason = latin1_to_utf8(parser_.reason);
  if (!streamed_) {
    response.text = std::move(parser_.body);  // as far as it came
    if (failure_.empty() && parser_.is_encoded() && !response.text.empty()) {
      coro::this_coroutine::run_on_loop_stack([&] {
        failure_ =
            decode_content(find_header(parser_.header_lines, "Content-Encoding"), response.text);
      });
      if (!failure_.empty()) {
        response.text.clear();
      }
    }
  }
  response.headers = ResponseHeaders(std::move(parser_.header_lines));
  return response;
}

Response FastCall::take_response(std::optional<std::string>& failure) {
  Response response;
  if (!answered_) {
    response.url = std::move(first_).text();
    response.error = failure_;
    failure = std::move(failure_);
    return response;
  }
  response = answer();
  response.url = std::move(redirected_ ? *redirected_ : first_).text();
  response.history = std::move(history_);
  std::string bad_status = bad_status_text(response.status_code, response.url);
  if (!bad_status.empty()) {
    failure = std::move(bad_status);
  } else if (!failure_.empty()) {
    response.error = failure_;
    failure = std::move(failure_);
  }
  return response;
}

}  // namespace cppworker::http::fast
