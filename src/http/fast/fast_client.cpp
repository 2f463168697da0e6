#include "http/fast/fast_client.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <cppworker/environment.hpp>

#include "coro/scheduler.hpp"
#include "http/body_stream.hpp"
#include "http/fast/fast_call.hpp"
#include "http/report.hpp"

namespace cppworker::http::fast {

namespace {

coro::Duration duration(Seconds seconds) {
  if (!(seconds > Seconds::zero())) {
    throw std::invalid_argument("A timeout must be greater than 0 seconds.");
  }
  return std::chrono::ceil<coro::Duration>(std::min(seconds, kTimeoutMax));
}

[[noreturn]] CPPWORKER_OWN_FRAME void refuse(const char* what) {
  throw std::invalid_argument(std::string("FastHttpUser doesn't support ") + what +
                              ". Use HttpUser.");
}

void check_possible(const Call& call) {
  const RequestOptions& options = call.options;
  const SessionSettings& settings = call.client.settings;
  if (settings.http_version != HttpVersion::kHttp11) {
    refuse("HTTP/2");
  }
  if (options.proxies || !settings.proxies.http.empty() || !settings.proxies.https.empty()) {
    refuse("proxies other than proxy_host and proxy_port of its class");
  }
  if (options.cert || !settings.cert.cert.empty()) {
    refuse("client certificates");
  }
  if (options.verify) {
    refuse("TLS verification per request");
  }
}

/// The URL for listeners: the host and the author's text; "": the response's.
std::string shown_url(const Call& call, const FastCall& fast) {
  if (!call.client.base->is_join(fast.first_url().text(), call.url)) {
    return call.client.base->join(call.url);
  }
  return fast.redirected() ? std::string(fast.first_url().text()) : std::string();
}

/// The last request of a call.
class LastRequest final : public Evidence {
 public:
  explicit LastRequest(const FastCall& call) : call_(call) {}

  void describe(failures::Sample& sample) const override {
    try {
      call_.describe(sample, Url::prepare(sample.request.url));
    } catch (const std::exception&) {  // InvalidURL, or a header that can't be sent
      sample.request.headers.clear();
    }
  }

 private:
  const FastCall& call_;
};

}  // namespace

FastClient::FastClient(Environment& environment_, std::string_view base_url, User* user_,
                       const FastHttpSettings& fast_settings)
    : HttpClient(environment_, base_url, user_),
      engine_(own::OwnEngine::of(environment.shard())),
      pool_(std::make_shared<own::ConnectionPool>(
          *engine_, own::ConnectionPool::Settings{.concurrency = static_cast<std::size_t>(
                                                      std::max(fast_settings.concurrency, 1))})),
      proxy_{.host = fast_settings.proxy_host,
             .port = static_cast<std::uint16_t>(fast_settings.proxy_port)},
      connection_timeout_(duration(fast_settings.connection_timeout)),
      network_timeout_(duration(fast_settings.network_timeout)) {}

Response FastClient::request(const Call& call) {
  check_possible(call);
  const Timeout& timeout = call.options.timeout;
  const FastCall::Limits limits{
      .connect_timeout = timeout.connect ? duration(*timeout.connect) : connection_timeout_,
      .network_timeout = timeout.read ? duration(*timeout.read) : network_timeout_,
      .attempts = static_cast<int>(pool_->settings().concurrency) + 1,
      .proxy = proxy_.host.empty() ? nullptr : &proxy_};
  FastCall fast(call, *engine_, *pool_, limits);
  try {
    if (fast.run() == FastCall::End::kStopped) {
      return stopped_response();
    }
  } catch (const StopUser&) {
    if (fast.sent()) {
      count_cut_off(call, call.url);
    }
    throw;
  }
  return finish(call, fast);
}

Response FastClient::finish(const Call& call, FastCall& fast) {
  Outcome outcome{.name = call.url};
  std::string shown;
  if (call.check || call.client.environment.events.request.has_listeners()) {
    shown = shown_url(call, fast);
    outcome.url = shown;
  }
  Response response;
  fast.take_response(response, outcome.failure);
  const LastRequest evidence(fast);
  outcome.evidence = &evidence;
  outcome.ended =
      engine_->scheduler().clock().now();  // as in Locust, after the decoding of the body
  response.elapsed = outcome.ended - call.start;
  if (fast.streamed()) {
    outcome.response_length = std::max<std::int64_t>(fast.content_length(), 0);
    response.stream = fast.take_stream({.engine = engine_, .pool = pool_});
    response.stream->answered = {.environment = &environment,
                                 .user = user,
                                 .name = std::string(call.name.empty() ? outcome.name : call.name),
                                 .start = call.start};
  } else if (response.error.empty()) {
    outcome.response_length = std::ssize(response.text);
  }
  if (!call.upgrade) report(call, response, outcome);
  return response;
}

}  // namespace cppworker::http::fast
