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
  try {
    while (chain.next_exchange()) {
      if (request.url->https() && !request.transport.verify.enabled) {
        note_unverified();
      }
      engine_for(request).perform(request, result, call.self);
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
  return finish(call, chain, request, result);
}

Response RequestsClient::finish(const Call& call, RedirectChain& chain,
                                const Exchange::Request& request, Exchange::Result& result) {
  Outcome outcome{.name = chain.name(), .url = chain.event_url(), .ended = result.finished_at};
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
    }
  } else {
    outcome.response_length = std::ssize(response.text);
  }
  report(call, response, outcome);
  return response;
}

}  // namespace cppworker::http::requests
