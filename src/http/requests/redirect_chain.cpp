#include "http/requests/redirect_chain.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "http/basic_auth.hpp"
#include "http/cookie_rules.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/redirect.hpp"
#include "http/requests/content_decoder.hpp"
#include "http/requests/header_block.hpp"
#include "http/requests/request_headers.hpp"
#include "http/requests/requests_failure.hpp"
#include "user/shard.hpp"

namespace cppworker::http::requests {

namespace {

std::optional<coro::Duration> checked_timeout(const std::optional<Seconds>& timeout,
                                              std::string_view which) {
  if (!timeout) {
    return std::nullopt;
  }
  if (!(*timeout > Seconds::zero())) {
    throw std::invalid_argument(
        fmt::format("Attempted to set {} timeout to {}, but the timeout cannot be set to a value "
                    "less than or equal to 0.",
                    which, timeout->count()));
  }
  return std::chrono::ceil<coro::Duration>(std::min(*timeout, kTimeoutMax));
}

/// Whether requests follows a redirect although its body is broken so: its resolve_redirects()
/// catches ChunkedEncodingError and ContentDecodingError.
bool is_forgiven(const Failure& failure) {
  using Cause = Failure::Cause;
  return failure.phase == Failure::Phase::kBody &&
         (failure.cause == Cause::kIncompleteBody || failure.cause == Cause::kInvalidChunkLength ||
          failure.cause == Cause::kIncompleteChunks || failure.cause == Cause::kSystemError ||
          failure.cause == Cause::kInvalidEncoding);
}

/// requests' `should_strip_auth`.
bool is_foreign(const Url& from, const Url& to) {
  if (from.host() != to.host()) {
    return true;
  }
  const bool upgraded = !from.https() && from.port() == 80 && to.https() && to.port() == 443;
  return !upgraded && (from.https() != to.https() || from.port() != to.port());
}

void check_exists(const std::string& path, std::string_view what) {
  if (!path.empty() && !std::filesystem::exists(path)) {
    throw std::invalid_argument(fmt::format("Could not find {}, invalid path: {}", what, path));
  }
}

}  // namespace

RedirectChain::RedirectChain(const Call& call, const ProcessSettings& process,
                             Exchange::Request& request, Exchange::Result& result)
    : call_(call),
      process_(process),
      request_(request),
      result_(result),
      method_(sent_method(call)),
      first_(target_url(call)) {
  check_method(method_);
  const RequestOptions& options = call.options;
  follows_ = options.allow_redirects.value_or(true);
  request.connect_timeout = checked_timeout(options.timeout.connect, "connect");
  request.read_timeout = checked_timeout(options.timeout.read, "read");
  request.stream = options.stream;
  request.upgrade = call.upgrade;
  request.follows = follows_;
  request.phases = call.phases;
  choose_authorization();
  choose_transport();
  content_ = content(call);
  request_.body = content_.bytes();
  if (!options.cookies.empty()) {
    own_cookies_ = call.client.cookies;
    for (const auto& [name, value] : options.cookies) {
      own_cookies_.set(name, value);
    }
  }
}

void RedirectChain::choose_authorization() {
  if (const std::optional<Auth>& auth = chosen_auth(call_)) {
    authorization_ = basic_auth(*auth);
  } else if (const std::optional<Auth> own = credentials_in(first_);
             own && !(own->user.empty() && own->password.empty())) {
    authorization_ = basic_auth(*own);
  }
}

const std::string& RedirectChain::proxy() const {
  const Proxies& proxies =
      call_.options.proxies ? *call_.options.proxies : call_.client.settings.proxies;
  return url().https() ? proxies.https : proxies.http;
}

void RedirectChain::choose_transport() {
  const SessionSettings& settings = call_.client.settings;
  Transport& transport = request_.transport;
  transport.verify = call_.options.verify.value_or(settings.verify);
  if (settings.trust_env && transport.verify.enabled && transport.verify.ca_path.empty()) {
    transport.verify.ca_path = process_.ca_file;
  }
  transport.cert = call_.options.cert.value_or(settings.cert);
  transport.http_version = settings.http_version;
  if (first_.https()) {
    check_exists(transport.verify.ca_path, "a suitable TLS CA certificate bundle");
    check_exists(transport.cert.cert, "the TLS certificate file");
    check_exists(transport.cert.key, "the TLS key file");
  }
}

bool RedirectChain::next_exchange() {
  if (exchanges_ == 0) {
    request_first();
    return !never_sent_;
  }
  if (result_.status_code == 0) {
    return false;
  }
  keep_cookies();  // also those of a response whose body is broken
  decode();
  if (!is_redirect(result_.status_code) || location().empty() ||
      (result_.failure && !is_forgiven(result_.failure))) {
    return false;
  }
  if (follows_) {
    return request_redirected();
  }
  // requests has looked at the body, to be able to follow later, and has forgiven it. Then it reads
  // the rest: there is none, which is a failure only if the length was announced.
  if (result_.failure && result_.failure.cause != Failure::Cause::kIncompleteBody) {
    result_.failure = {};
    result_.body.clear();
  }
  return false;
}

std::string RedirectChain::location() const {
  return joined_values(result_.header_lines, "Location");
}

/// Decodes the body. The time that it takes belongs to the response time, as in requests.
void RedirectChain::decode() {
  if (!result_.is_encoded || result_.body.empty() || result_.stream != nullptr) {
    return;
  }
  coro::Clock& clock = call_.client.environment.shard().scheduler.clock();
  const coro::TimePoint begin = clock.now();
  coro::this_coroutine::run_on_loop_stack([this] {
    const auto decoder = ContentDecoder::make(content_encoding(result_.header_lines));
    if (decoder == nullptr) {
      return;
    }
    std::string decoded;
    Failure failure = decoder->decode(result_.body, decoded);
    if (!failure && !result_.failure) {
      failure = decoder->finish(decoded);
    }
    if (failure) {
      result_.failure = std::move(failure);
    }
    result_.body = std::move(decoded);
  });
  result_.finished_at += clock.now() - begin;
}

void RedirectChain::request_first() {
  DCHECK(exchanges_ == 0 && history_.empty());
  for (const Headers* headers : std::initializer_list<const Headers*>{
           &call_.client.settings.headers, &call_.options.headers}) {
    if (auto failure = invalid_header(*headers)) {
      never_sent_ = true;
      failure_ = std::move(*failure);
      return;
    }
  }
  request_.method = method_;
  request_.url = &first_;
  request_.has_host =
      call_.client.settings.headers.contains("Host") || call_.options.headers.contains("Host");
  // requests sends `Content-Length: 0` with every other method.
  request_.has_body = (method_ != "GET" && method_ != "HEAD") || !request_.body.empty();
  write_headers();
  ++exchanges_;
}

bool RedirectChain::request_redirected() {
  DCHECK(exchanges_ > 0 && is_redirect(result_.status_code));
  const int redirects_max = call_.client.settings.max_redirects;
  if (exchanges_ > redirects_max) {
    failure_ =
        exception_text("TooManyRedirects", fmt::format("Exceeded {} redirects.", redirects_max));
    return false;
  }
  Url next = url().redirected(location());
  auth_dropped_ = auth_dropped_ || is_foreign(url(), next);
  const std::string method(redirected_method(method_, result_.status_code));
  if (!keeps_body(result_.status_code)) {
    body_dropped_ = true;
    content_.type.clear();
    request_.body = {};
    request_.has_body = expects_body(method);
  }
  history_.push_back(take_answer(true));
  method_ = method;
  request_.method = method_;
  redirected_ = std::move(next);
  request_.url = &*redirected_;
  write_headers();
  ++exchanges_;
  return true;
}

void RedirectChain::write_headers() {
  const HttpClient& client = call_.client;
  const Cookies& jar = call_.options.cookies.empty() ? client.cookies : own_cookies_;
  write_header_lines(
      {.session = client.settings.headers,
       .own = call_.options.headers,
       .content_type = content_.type,
       .authorization = authorization_,
       .cookie =
           jar.empty() ? std::string() : cookie_header(jar, cookie_request(), detail::unix_time()),
       .body_size = request_.has_body ? request_.body.size() : 0,
       .has_body = request_.has_body,
       .redirected = exchanges_ > 0,
       .body_dropped = body_dropped_,
       .auth_dropped = auth_dropped_},
      request_.header_lines);
  if (client.settings.trust_env && process_.uses_proxy && proxy().empty()) {
    request_.transport.proxy.reset();
  } else {
    request_.transport.proxy = proxy();
  }
}

void RedirectChain::keep_cookies() {
  if (!result_.sets_cookies) {
    return;
  }
  const double now = detail::unix_time();
  store_cookies(call_.client.cookies, cookie_request(), result_.header_lines, now,
                CookieJar::kRequests);
  if (!call_.options.cookies.empty()) {
    store_cookies(own_cookies_, cookie_request(), result_.header_lines, now, CookieJar::kRequests);
  }
}

CookieRequest RedirectChain::cookie_request() const {
  return {.url = url(), .host = own_host(call_.client.settings.headers, call_.options.headers)};
}

/// Locust then has only the arguments of the call, for example its URL as the author wrote it.
bool RedirectChain::lost_request() const {
  return never_sent_ || (result_.failure && result_.failure.phase == Failure::Phase::kBody);
}

std::string_view RedirectChain::name() const {
  if (lost_request()) {
    return call_.url;
  }
  // The first request's path, or that of the request that failed.
  return failed() ? url().path_url() : first_.path_url();
}

std::string_view RedirectChain::event_url() {
  if (lost_request()) {
    unprepared_url_ = call_.client.base->join(call_.url);
    return unprepared_url_;
  }
  return failed() ? url().text() : first_.text();
}

Response RedirectChain::take_answer(bool with_body) {
  Response response;
  response.url = url().text();
  response.status_code = result_.status_code;
  response.reason = latin1_to_utf8(result_.reason);
  if (with_body) {
    response.text = std::move(result_.body);
  }
  response.headers = ResponseHeaders(result_.header_lines);
  if (result_.sets_cookies) {
    response.cookie_host = own_host(call_.client.settings.headers, call_.options.headers);
  }
  return response;
}

Response RedirectChain::take_response() {
  if (failed()) {
    Response response;
    response.url = url().text();
    response.error = failure_;
    if (response.error.empty()) {
      coro::this_coroutine::run_on_loop_stack(
          [&] { response.error = failure_text(result_.failure, request_); });
    }
    return response;
  }
  Response response = take_answer(!request_.stream);
  response.history = std::move(history_);
  return response;
}

}  // namespace cppworker::http::requests
