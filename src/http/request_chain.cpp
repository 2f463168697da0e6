#include "http/request_chain.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "coro/scheduler.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/redirect.hpp"
#include "http/request_headers.hpp"

namespace cppworker::http {

namespace {

/// Longer than any run: as good as no limit.
constexpr Seconds kTimeoutMax = std::chrono::hours{24 * 365};

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char character) {
    return character >= 'a' && character <= 'z' ? static_cast<char>(character - 0x20) : character;
  });
  return result;
}

std::optional<coro::Duration> checked_timeout(std::optional<Seconds> timeout) {
  if (!timeout) {
    return std::nullopt;
  }
  if (!(*timeout > Seconds::zero())) {
    throw std::invalid_argument(
        fmt::format("Attempted to set connect timeout to {}, but the timeout cannot be set to a "
                    "value less than or equal to 0.",
                    timeout->count()));
  }
  return std::chrono::ceil<coro::Duration>(std::min(*timeout, kTimeoutMax));
}

/// requests' `should_strip_auth`.
bool is_foreign(const Url& from, const Url& to) {
  if (from.host() != to.host()) {
    return true;
  }
  const bool upgraded = !from.https() && from.port() == 80 && to.https() && to.port() == 443;
  return !upgraded && (from.https() != to.https() || from.port() != to.port());
}

}  // namespace

TransferLease::~TransferLease() {
  if (transfer_.under_way()) {
    coro::this_coroutine::run_on_loop_stack([this] { engine_.abort(transfer_); });
  }
  engine_.release(transfer_);
}

RequestChain::RequestChain(const Call& call, CurlTransfer& transfer)
    : call_(call),
      transfer_(transfer),
      method_(upper(call.method)),
      first_(call.base.resolve(call.url)) {
  follows_ = call.options.allow_redirects.value_or(method_ != "HEAD");
  if (!call.base.credentials().empty()) {
    authorization_ = basic_auth(call.base.credentials());
  } else if (!first_.userinfo().empty()) {
    authorization_ = basic_auth(unquote(first_.userinfo()));
  }
  transfer_.request.timeout = checked_timeout(call.options.timeout);
}

bool RequestChain::next_hop() {
  if (hops_ == 0) {
    request_first();
    return !invalid_header_;
  }
  return follows_ && transfer_.result.failure.empty() &&
         is_redirect(transfer_.result.status_code) && request_redirected();
}

void RequestChain::request_first() {
  HopRequest& request = transfer_.request;
  const RequestOptions& options = call_.options;
  if (auto failure = invalid_header(options.headers)) {
    invalid_header_ = true;
    transfer_.fail_unsent(std::move(*failure));
    return;
  }
  request.method = method_;
  request.url = &first_;
  request.json = options.data.empty() && !options.json.empty();
  request.body = request.json ? options.json : options.data;
  // requests sends `Content-Length: 0` with all methods that may have a body.
  request.has_body = method_ != "HEAD" && (method_ != "GET" || !request.body.empty());
  fill_headers();
  ++hops_;
}

bool RequestChain::request_redirected() {
  const HopResult& result = transfer_.result;
  const std::string_view location = find_header(result.header_lines, "Location");
  if (location.empty()) {
    return false;
  }
  if (hops_ > kRedirectsMax) {
    transfer_.result.failure =
        exception_text("TooManyRedirects", fmt::format("Exceeded {} redirects.", kRedirectsMax));
    return false;
  }
  Url next = url().redirected(location);
  auth_dropped_ = auth_dropped_ || is_foreign(url(), next);
  const std::string method(redirected_method(method_, result.status_code));
  HopRequest& request = transfer_.request;
  if (!keeps_body(result.status_code)) {
    body_dropped_ = true;
    request.body = {};
    request.json = false;
    // http.client adds `Content-Length: 0` to these again.
    request.has_body = method == "POST" || method == "PUT" || method == "PATCH";
  }
  method_ = method;
  request.method = method_;
  redirected_ = std::move(next);
  request.url = &*redirected_;
  fill_headers();
  ++hops_;
  return true;
}

void RequestChain::fill_headers() {
  HopRequest& request = transfer_.request;
  request.header_lines = header_lines({.own = call_.options.headers,
                                       .authorization = authorization_,
                                       .has_body = request.has_body,
                                       .json = request.json,
                                       .redirected = hops_ > 0,
                                       .body_dropped = body_dropped_,
                                       .auth_dropped = auth_dropped_});
}

/// Locust then has only what was given to it.
bool RequestChain::lost_request() const {
  return invalid_header_ || (!transfer_.result.failure.empty() && transfer_.result.failed_in_body);
}

std::string_view RequestChain::name() const {
  if (!call_.options.name.empty()) {
    return call_.options.name;
  }
  if (lost_request()) {
    return call_.url;
  }
  // The first hop's, but the one that failed if one did.
  return transfer_.result.failure.empty() ? first_.path_url() : url().path_url();
}

std::string_view RequestChain::first_name() const {
  return call_.options.name.empty() ? first_.path_url() : call_.options.name;
}

std::string_view RequestChain::event_url() {
  if (lost_request()) {
    unprepared_url_ = call_.base.join(call_.url);
    return unprepared_url_;
  }
  return transfer_.result.failure.empty() ? first_.text() : url().text();
}

Response RequestChain::take_response() {
  HopResult& result = transfer_.result;
  Response response;
  response.url = url().text();
  if (!result.failure.empty()) {
    response.error = result.failure;
    return response;
  }
  response.status_code = result.status_code;
  response.text = std::move(result.body);
  response.headers = ResponseHeaders(result.header_lines);
  return response;
}

}  // namespace cppworker::http
