#include "http/requests/requests_client.hpp"

#include <charconv>
#include <cstdint>
#include <mutex>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/environment.hpp>

#include "http/curl/curl_exchange.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/report.hpp"
#include "http/requests/redirect_chain.hpp"
#include "http/requests/requests_body_stream.hpp"
#include "user/shard.hpp"

namespace cppworker::http::requests {

namespace {

std::int64_t declared_length(std::string_view header_lines) {
  const std::string_view text = find_header(header_lines, "Content-Length");
  std::int64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

void note_unverified() {
  static std::once_flag noted;
  std::call_once(noted,
                 [] { spdlog::warn("A user doesn't verify TLS certificates (verify = false)."); });
}

}  // namespace

/// The last exchange of a call.
class LastExchange final : public Evidence {
 public:
  LastExchange(const Exchange* engine, const Exchange::Request& request,
               const Exchange::Result& result, const RedirectChain& chain)
      : engine_(engine), request_(request), result_(result), chain_(chain) {}

  void describe(failures::Sample& sample) const override {
    if (engine_ == nullptr) return;  // nothing was sent
    const Url& url = *request_.url;
    std::string host;
    if (!request_.has_host) {
      host = "Host: ";
      append_authority(host, url);
      host += "\r\n";
    }
    sample.request = {.method = failures::beginning(request_.method),
                      .url = failures::beginning(url.text()),
                      .headers = failures::first_headers(host + request_.header_lines),
                      .body = failures::body_of(request_.body),
                      .is_http2 = request_.transport.http_version == HttpVersion::kHttp2,
                      .verifies_tls = request_.transport.verify.enabled};
    sample.remote_address = engine_->remote_address(request_, result_);
    if (sample.response.status == 0 && result_.status_code != 0) {
      sample.response = {.status = result_.status_code,
                         .reason = failures::beginning(latin1_to_utf8(result_.reason)),
                         .headers = failures::first_headers(result_.header_lines),
                         .body = failures::body_of(result_.body)};
    }
    if (sample.redirects.empty()) sample.redirects = sampled_redirects(chain_.history());
  }

 private:
  const Exchange* const engine_;
  const Exchange::Request& request_;
  const Exchange::Result& result_;
  const RedirectChain& chain_;
};

RequestsClient::RequestsClient(Environment& environment_, std::string_view base_url, User* user_)
    : HttpClient(environment_, base_url, user_),
      shard_(environment.shard()),
      process_(own::OwnEngine::of(shard_)->process_settings()),
      own_(own::OwnEngine::of(shard_)) {}

RequestsClient::~RequestsClient() = default;

Exchange& RequestsClient::engine_for(const Exchange::Request& request) {
  if (!process_.forces_curl && own_.can_perform(request)) {
    return own_;
  }
  if (curl_ == nullptr) {
    curl_ = std::make_unique<CurlExchange>(shard_);
  }
  return *curl_;
}

Response RequestsClient::request(const Call& call) {
  Exchange::Request request;
  Exchange::Result result;
  result.finished_at = call.start;
  RedirectChain chain(call, process_, request, result);
  const Exchange* engine = nullptr;
  try {
    while (chain.next_exchange()) {
      if (request.url->https() && !request.transport.verify.enabled) {
        note_unverified();
      }
      Exchange& chosen = engine_for(request);
      engine = &chosen;
      chosen.perform(request, result, call.self);
      if (result.failure.cause == Failure::Cause::kStopped) {
        return stopped_response();
      }
    }
  } catch (const StopUser&) {
    if (result.sent) {
      count_cut_off(call, chain.first_name());
    }
    throw;
  }
  return finish(call, chain, {.engine = engine, .request = request, .result = result});
}

Response RequestsClient::finish(const Call& call, RedirectChain& chain, const Performed& last) {
  const LastExchange evidence(last.engine, last.request, last.result, chain);
  const Exchange::Request& request = last.request;
  Exchange::Result& result = last.result;
  Outcome outcome{.name = chain.name(),
                  .url = chain.event_url(),
                  .ended = result.finished_at,
                  .evidence = &evidence};
  Response response = chain.take_response();
  response.elapsed = outcome.ended - call.start;
  if (!response.error.empty()) {
    outcome.failure = response.error;
  } else {
    outcome.failure = http_error_text(response.status_code, response.reason,
                                      call.name.empty() ? outcome.name : call.name);
  }
  if (call.options.stream) {
    outcome.response_length = declared_length(response.headers.lines());
    if (response.error.empty() && result.stream != nullptr) {
      response.stream = std::make_shared<RequestsBodyStream>(
          std::move(result.stream), content_encoding(response.headers.lines()), request);
      response.stream->answered = {
          .environment = &call.client.environment,
          .user = call.client.user,
          .name = std::string(call.name.empty() ? outcome.name : call.name),
          .start = call.start};
    }
  } else {
    outcome.response_length = std::ssize(response.text);
  }
  if (!call.upgrade) report(call, response, outcome);
  return response;
}

}  // namespace cppworker::http::requests
