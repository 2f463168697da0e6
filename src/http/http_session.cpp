#include <string>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/http_session.hpp>

#include "coro/scheduler.hpp"
#include "http/curl_engine.hpp"
#include "http/failure_text.hpp"
#include "http/request_chain.hpp"
#include "http/url.hpp"
#include "user/shard.hpp"

namespace cppworker {

struct HttpSession::Impl {
  Impl(Environment& environment_, std::string_view base_url)
      : environment(environment_),
        engine(http::CurlEngine::of(environment_.shard())),
        base(base_url) {}

  Environment& environment;
  const std::shared_ptr<http::CurlEngine> engine;
  const http::BaseUrl base;
  http::CurlShare share;

  /// False if the caller is being unwound: nothing was sent.
  bool perform(http::RequestChain& chain, http::CurlTransfer& transfer, coro::Coroutine& self);
  void count_cut_off(const http::RequestChain& chain, const http::CurlTransfer& transfer,
                     std::string_view method) const;

  /// Closing connections (with TLS) needs more stack than a user may have.
  static void destroy(Impl* impl) {
    coro::Scheduler* const scheduler = coro::Scheduler::current();
    if (scheduler != nullptr && scheduler->running() != nullptr) {
      coro::this_coroutine::run_on_loop_stack([impl] { delete impl; });
    } else {
      delete impl;
    }
  }
};

namespace {

/// Everything about a request that is reported. Views into the call, its chain and its transfer.
struct Report {
  std::string_view method;
  std::string_view name;
  std::string_view url;
  std::string_view reason;
  double start_time = 0;

  /// As raise_for_status(): the failure's text, or none.
  [[nodiscard]] std::optional<std::string> failure_by_status(const Response& response) const {
    if (!response.error.empty()) {
      return response.error;
    }
    return http::http_error_text(response.status_code, reason, name);
  }

  void fire(Environment& environment, const Response& response,
            std::optional<std::string> failure) const {
    environment.events.request.fire({.request_type = method,
                                     .name = name,
                                     .response_time = response.elapsed,
                                     .response_length = std::ssize(response.text),
                                     .exception = std::move(failure),
                                     .response = &response,
                                     .start_time = start_time,
                                     .url = url});
  }

  void fire_verdict(Environment& environment, const CatchResponse& response) const {
    if (!response.verdict()) {
      return fire(environment, response, failure_by_status(response));
    }
    std::optional<std::string> failure;
    if (response.verdict()->failure) {
      failure = http::exception_text("CatchResponseError", *response.verdict()->failure);
    }
    fire(environment, response, std::move(failure));
  }
};

}  // namespace

HttpSession::HttpSession(Environment& environment, std::string_view base_url)
    : impl_(new Impl(environment, base_url), &Impl::destroy) {}

HttpSession::~HttpSession() = default;

bool HttpSession::Impl::perform(http::RequestChain& chain, http::CurlTransfer& transfer,
                                coro::Coroutine& self) {
  while (chain.next_hop()) {
    engine->start(transfer, share, self);
    while (!transfer.done()) {
      if (!coro::this_coroutine::suspend()) {
        return false;
      }
    }
  }
  return true;
}

void HttpSession::Impl::count_cut_off(const http::RequestChain& chain,
                                      const http::CurlTransfer& transfer,
                                      std::string_view method) const {
  if (transfer.sent()) {
    ++environment.shard()
          .cut_off_requests[std::string(method) + " " + std::string(chain.first_name())];
  }
}

Response HttpSession::request(std::string_view method, std::string_view url,
                              const RequestOptions& options, const Check& check) {
  const std::shared_ptr<Impl> impl = impl_;  // a call may outlive its session
  detail::Shard& shard = impl->environment.shard();
  coro::Coroutine* self = shard.scheduler.running();
  if (self == nullptr) {
    throw Error(
        "An HTTP request can be made only by a user (on_start, a task, on_stop) or a listener of "
        "test_start, test_stopping, test_stop or quitting.");
  }
  const coro::TimePoint start = shard.scheduler.clock().now();
  const http::TransferLease transfer(*impl->engine);
  const http::RequestChain::Call call{
      .method = method, .url = url, .options = options, .base = impl->base};
  http::RequestChain chain(call, *transfer);
  try {
    if (!impl->perform(chain, *transfer, *self)) {
      Response response;
      response.error = "StopUser()";
      return response;
    }
  } catch (const StopUser&) {
    impl->count_cut_off(chain, *transfer, method);
    throw;
  }

  const Report report{.method = method,
                      .name = chain.name(),
                      .url = chain.event_url(),
                      .reason = chain.reason(),
                      .start_time = shard.unix_time(start)};
  Response response = chain.take_response();
  response.elapsed = transfer->result.finished_at - start;
  if (!check) {
    report.fire(impl->environment, response, report.failure_by_status(response));
    return response;
  }
  CatchResponse caught(std::move(response));
  try {
    check(caught);
  } catch (const StopUser&) {
    if (!caught.verdict()) {
      impl->count_cut_off(chain, *transfer, method);
      throw;
    }
    report.fire_verdict(impl->environment, caught);
    throw;
  } catch (...) {
    if (caught.verdict()) {
      report.fire_verdict(impl->environment, caught);
    }
    throw;
  }
  report.fire_verdict(impl->environment, caught);
  return caught;
}

}  // namespace cppworker
