#include "http/fast/fast_call.hpp"

#include <algorithm>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>

#include "base/check.hpp"
#include "coro/warmup.hpp"
#include "http/basic_auth.hpp"
#include "http/cookie_rules.hpp"
#include "http/failure_text.hpp"
#include "http/fast/content_encoding.hpp"
#include "http/fast/fast_body_stream.hpp"
#include "http/fast/fast_failure.hpp"
#include "http/fast/request_head.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/own/round_trip.hpp"
#include "http/redirect.hpp"
#include "http/report.hpp"
#include "text/ascii_case.hpp"

namespace cppworker::http::fast {

namespace {

const Cert kNoCert{};

/// Only requests with these methods are repeated when the server may have received them.
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

}  // namespace

FastCall::FastCall(const Call& call, own::OwnEngine& engine, own::ConnectionPool& pool,
                   const Limits& limits)
    : call_(call),
      engine_(engine),
      pool_(pool),
      limits_(limits),
      deadline_(engine.scheduler(), call.self),
      method_(call.method),
      first_(target_url(call)),
      follows_(call.options.allow_redirects.value_or(true)) {
  if (text::has_lower(method_)) {
    method_ = extras().method = sent_method(call);
  }
  if (const std::optional<Auth>& auth = chosen_auth(call)) {
    extras().authorization = basic_auth(*auth);
  }
  make_body();
}

FastCall::Extras& FastCall::extras() {
  if (extras_ == nullptr) {
    extras_ = std::make_unique<Extras>();
  }
  return *extras_;
}

/// Unlike HttpUser's, the type contains the character set.
void FastCall::make_body() {
  const RequestOptions& options = call_.options;
  if (options.data.empty() && options.json.empty() && options.form.empty() &&
      options.files.empty()) {
    return;
  }
  Content content = http::content(call_);
  if (content.made.empty()) {
    json_ = options.data.empty();  // also where redirects drop the body
    body_ = content.given;
    content_type_ = json_ ? "application/json" : "text/plain; charset=utf-8";
    return;
  }
  if (options.files.empty()) {
    content.type += "; charset=utf-8";
  }
  Content& kept = extras().content = std::move(content);
  body_ = kept.bytes();
  content_type_ = kept.type;
}

FastCall::End FastCall::run() {
  DCHECK(engine_.scheduler().running() == &call_.self);
  for (int redirects = 0;; ++redirects) {
    const Result end = exchange();
    if (end == Result::kStopped) {
      return End::kStopped;
    }
    if (answered_ && parser_->sets_cookies()) {
      keep_cookies();
    }
    if (end == Result::kFailed || location().empty() || !redirect(redirects)) {
      return End::kAnswered;
    }
  }
}

std::string_view FastCall::location() const {
  DCHECK(parser_->head_complete());
  if (!follows_ || call_.client.settings.max_redirects <= 0 ||
      !is_redirect(parser_->status_code())) {
    return {};
  }
  return find_header(parser_->header_lines(), "Location");
}

bool FastCall::streams() const { return call_.options.stream && location().empty(); }

/// The body of a redirect isn't waited for, as in geventhttpclient.
bool FastCall::ends_with_head() const { return call_.options.stream || !location().empty(); }

bool FastCall::redirect(int redirects) {
  DCHECK(!location().empty());
  if (redirects == call_.client.settings.max_redirects) {
    fail(too_many_redirects_text(redirects, first_.text()));
    answered_ = false;
    return false;
  }
  std::optional<Url> next;
  try {
    next = url().redirected(location());
  } catch (const InvalidSchema&) {
    fail(redirect_scheme_text(location(), url().text()));
    answered_ = false;
    return false;
  }
  Extras& detour = extras();
  Response& answer = detour.history.emplace_back();
  take_answer(answer);
  answer.url = url().text();
  detour.failure.clear();  // a redirect whose body can't be decoded does not fail
  if (!keeps_body(parser_->status_code())) {
    if (method_ != "HEAD") {
      method_ = "GET";
    }
    body_ = {};
    content_type_ = {};
    body_dropped_ = true;
  }
  auth_dropped_ = next->https() != first_.https() || next->host() != first_.host() ||
                  next->port() != first_.port();
  detour.redirected = std::move(next);
  return true;
}

void FastCall::fail(std::string failure) { extras().failure = std::move(failure); }

/// Sends one request and receives its response. As in geventhttpclient, a connection that was lost
/// before the response began is replaced.
FastCall::Result FastCall::exchange() {
  const own::Target target{.url = url(),
                           .verify = call_.client.settings.verify,
                           .cert = kNoCert,
                           .proxy = limits_.proxy,
                           .connect_timeout = limits_.connect_timeout,
                           .phases = call_.phases};
  for (int attempts_left = limits_.attempts;; --attempts_left) {
    own::ConnectionPool::Lease connection(pool_);
    connection_ = &connection;
    answered_ = false;
    Failure failure =
        own::RoundTrip(connection, parser_, deadline_, *this)
            .run(target, {.send = limits_.network_timeout, .read = limits_.network_timeout});
    answered_ = parser_ && parser_->answered();
    if (!failure) {
      if (streams()) {
        extras().streamed.emplace(std::move(connection));
      } else if (parser_->complete() && parser_->keep_alive()) {
        connection.keep();
      }
      return Result::kAnswered;
    }
    if (failure.cause == Failure::Cause::kStopped) {
      return Result::kStopped;
    }
    if (!parser_ && failure.phase == Failure::Phase::kResponse && own::is_lost(failure)) {
      failure.cause = Failure::Cause::kClosed;
    }
    const bool lost = !answered_ && failure.phase == Failure::Phase::kResponse &&
                      failure.cause == Failure::Cause::kClosed;
    if (!lost || attempts_left == 0 || !is_idempotent(method_)) {
      fail_for(failure);
      return Result::kFailed;
    }
  }
}

void FastCall::fail_for(const Failure& failure) {
  coro::this_coroutine::run_on_loop_stack(
      [&] { fail(failure_text(failure, first_.text(), url().https(), url().host())); });
}

void FastCall::before_receiving() const {
  const HttpClient& client = call_.client;
  coro::prefetch(&client, sizeof client);
  if (client.user != nullptr) {
    coro::prefetch(client.user, sizeof *client.user);
  }
  coro::prefetch(&pool_, sizeof pool_);
  const std::span<const std::byte> bookkeeping = connection_->bookkeeping();
  coro::prefetch(bookkeeping.data(), bookkeeping.size());
}

std::string_view FastCall::write_head() {
  sent_ = true;
  cookies_sent_ = !call_.client.cookies.empty();
  return write_head(url(), cookies_sent_, engine_.send_buffer());
}

std::string_view FastCall::write_head(const Url& url, bool with_cookies,
                                      std::string& buffer) const {
  const HttpClient& client = call_.client;
  std::string cookie;
  if (with_cookies) {
    cookie = cookie_header(client.cookies, {.url = url}, detail::unix_time());
  }
  for (const auto& [name, value] : call_.options.cookies) {
    cookie.append(cookie.empty() ? "" : "; ").append(name).append("=").append(value);
  }
  return write_request_head(
      {.method = method_,
       .url = url,
       .session = client.settings.headers,
       .own = call_.options.headers,
       .authorization = extras_ == nullptr ? std::string_view() : extras_->authorization,
       .content_type = content_type_,
       .cookie = cookie,
       .body_size = body_.size(),
       .json = json_,
       .form = call_.options.files.empty() && !call_.options.form.empty(),
       .files = !call_.options.files.empty(),
       .to_proxy = limits_.proxy != nullptr && !url.https(),
       .redirected = redirected(),
       .body_dropped = body_dropped_,
       .auth_dropped = auth_dropped_},
      buffer);
}

void FastCall::describe(failures::Sample& sample, const Url& url) const {
  sample.request.method = failures::beginning(method_);
  sample.request.body = failures::body_of(body_);
  sample.request.verifies_tls = call_.client.settings.verify.enabled;
  std::string buffer;
  // The cookies may have changed since. Their values are masked in any case.
  std::string_view head = write_head(url, cookies_sent_, buffer);
  head.remove_prefix(head.find("\r\n") + 2);  // the request line
  head.remove_suffix(2);                      // the empty line
  sample.request.headers = failures::first_headers(head);
  sample.remote_address = pool_.last_address(url);
  if (sample.redirects.empty() && extras_ != nullptr) {
    sample.redirects = sampled_redirects(extras_->history);
  }
}

void FastCall::keep_cookies() {
  store_cookies(call_.client.cookies, {.url = url()}, parser_->header_lines(), detail::unix_time(),
                CookieJar::kPlain);
}

std::shared_ptr<BodyStream> FastCall::take_stream(own::OwnBody<ResponseParser>::Owners owners) {
  DCHECK(streamed());
  auto stream =
      std::make_shared<FastBodyStream>(std::make_unique<own::OwnBody<ResponseParser>>(
                                           std::move(owners), std::move(*extras_->streamed),
                                           parser_.keep(), limits_.network_timeout),
                                       url().https());
  extras_->streamed.reset();
  return stream;
}

void FastCall::take_answer(Response& response) {
  DCHECK(answered_ && response.text.empty());
  response.status_code = parser_->status_code();
  response.reason = latin1_to_utf8(parser_->reason());
  if (!streamed()) {
    response.text = std::move(parser_->body);  // the received part
    const bool complete = extras_ == nullptr || extras_->failure.empty();
    if (complete && parser_->is_encoded() && !response.text.empty()) {
      std::string failure;
      coro::this_coroutine::run_on_loop_stack([&] {
        failure =
            decode_content(find_header(parser_->header_lines(), "Content-Encoding"), response.text);
      });
      if (!failure.empty()) {
        fail(std::move(failure));
        response.text.clear();
      }
    }
  }
  response.headers = ResponseHeaders(std::move(parser_->header_lines()));
}

void FastCall::take_response(Response& response, std::optional<std::string>& failure) {
  if (answered_) {
    take_answer(response);
    response.url = (redirected() ? std::move(*extras_->redirected) : std::move(first_)).text();
    std::string bad_status = bad_status_text(response.status_code, response.url);
    if (!bad_status.empty() && extras_ != nullptr && !extras_->failure.empty()) {
      // Locust reads the body to describe the bad status, and reports why it can't.
      std::string url = std::move(response.url);
      response = {};
      response.url = std::move(url);
      answered_ = false;
    } else if (!bad_status.empty()) {
      failure = std::move(bad_status);
    }
  } else {
    response.url = std::move(first_).text();
  }
  if (extras_ == nullptr) {
    return;
  }
  if (answered_) {
    response.history = std::move(extras_->history);
  }
  if (!failure && !extras_->failure.empty()) {
    response.error = extras_->failure;
    failure = std::move(extras_->failure);
  }
}

}  // namespace cppworker::http::fast
