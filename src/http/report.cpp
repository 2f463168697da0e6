#include "http/report.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <cppworker/environment.hpp>

#include "base/check.hpp"
#include "coro/scheduler.hpp"
#include "coro/stack_frame.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/stopped_text.hpp"
#include "user/merged_context.hpp"
#include "user/shard.hpp"

namespace cppworker::http {

namespace {

std::string_view row_name(const Call& call, std::string_view default_name) {
  return call.name.empty() ? default_name : call.name;
}

/// Makes the event, which most requests don't need because there is no listener.
CPPWORKER_OWN_FRAME void call_listeners(const Call& call, const Response& response,
                                        Outcome& outcome, Value context) {
  const Environment& environment = call.client.environment;
  environment.events.request.call_listeners(
      {.request_type = call.method,
       .name = row_name(call, outcome.name),
       .response_time = response.elapsed,
       .response_length = outcome.response_length,
       .exception = std::move(outcome.failure),
       .response = &response,
       .start_time = environment.shard().unix_time(call.start),
       .url = outcome.url.empty() ? response.url : outcome.url,
       .context = std::move(context)});
}

failures::Sample::Response sampled_response(const Response& response) {
  return {.status = response.status_code,
          .reason = failures::beginning(response.reason),
          .headers = failures::first_headers(response.headers.lines()),
          .body = failures::body_of(response.text),
          .is_streamed = response.stream != nullptr};
}

CPPWORKER_OWN_FRAME void keep_sample(detail::Shard& shard, const detail::Shard::Request& request,
                                     const Call& call, const Response& response,
                                     const Outcome& outcome) {
  failures::Sample sample = shard.begin_sample(request, shard.unix_time(call.start));
  coro::this_coroutine::run_on_loop_stack([&] {
    sample.request.method = failures::beginning(call.method);
    sample.request.url = failures::beginning(response.url.empty() ? outcome.url : response.url);
    if (response.status_code != 0) sample.response = sampled_response(response);
    sample.redirects = sampled_redirects(response.history);
    if (outcome.evidence != nullptr) outcome.evidence->describe(sample);
  });
  shard.keep_sample(std::move(sample));
}

void fire(const Call& call, const Response& response, Outcome& outcome) {
  const Environment& environment = call.client.environment;
  const bool is_listened_to = environment.events.request.has_listeners();
  Value context;  // before record(): if the author's context() throws, the request isn't counted
  if (is_listened_to) {
    context = detail::merged_context(call.client.user, call.options.context);
  } else if (call.client.user != nullptr) {
    static_cast<void>(
        call.client.user->context());  // the documentation promises a call per request
  }
  detail::Shard& shard = environment.shard();
  const detail::Shard::Request request{
      .method = call.method,
      .name = row_name(call, outcome.name),
      .response_time = response.elapsed,
      .response_length = outcome.response_length,
      .failure = outcome.failure ? &*outcome.failure : nullptr,
      .ended = outcome.ended,
      .phases = call.phases == nullptr ? nullptr : &call.phases->times()};
  shard.record(request);
  if (outcome.failure && shard.keeps_samples()) {
    keep_sample(shard, request, call, response, outcome);
  }
  if (is_listened_to) {
    call_listeners(call, response, outcome, std::move(context));
  }
}

void fire_verdict(const Call& call, const CatchResponse& response, Outcome& outcome) {
  if (response.verdict()) {
    outcome.failure.reset();
    if (response.verdict()->failure) {
      outcome.failure = exception_text("CatchResponseError", *response.verdict()->failure);
    }
  }
  outcome.ended = call.client.environment.shard().scheduler.clock().now();
  fire(call, response, outcome);
}

CPPWORKER_OWN_FRAME void report_checked(const Call& call, Response& response, Outcome& outcome) {
  CatchResponse caught(std::move(response));
  try {
    call.check(caught);
  } catch (const StopUser&) {
    if (!caught.verdict()) {
      count_cut_off(call, outcome.name);
      throw;
    }
    fire_verdict(call, caught, outcome);
    throw;
  } catch (...) {
    if (caught.verdict()) {
      fire_verdict(call, caught, outcome);
    }
    throw;
  }
  fire_verdict(call, caught, outcome);
  response = static_cast<Response&&>(caught);
}

}  // namespace

std::vector<failures::Sample::Redirect> sampled_redirects(const std::vector<Response>& history) {
  std::vector<failures::Sample::Redirect> redirects;
  const std::size_t kept = std::min(history.size(), failures::kRedirectsMax);
  for (std::size_t i = history.size() - kept; i < history.size(); ++i) {
    const std::string_view lines = history[i].headers.lines();
    redirects.push_back({.status = history[i].status_code,
                         .url = failures::beginning(history[i].url),
                         .location = failures::beginning(find_header(lines, "Location"))});
  }
  return redirects;
}

Response stopped_response() { return {.error = std::string(kStoppedText)}; }

void count_cut_off(const Call& call, std::string_view name) {
  if (!call.counts_cut_off) return;
  // The handshake of a WebSocket has the row of its kind.
  const std::string_view type = call.upgrade ? "WS" : call.method;
  ++call.client.environment.shard()
        .cut_off_requests[std::string(type) + " " + std::string(row_name(call, name))];
}

void report(const Call& call, Response& response, Outcome& outcome) {
  DCHECK(call.client.environment.shard().scheduler.running() == &call.self);
  DCHECK(outcome.ended >= call.start);
  if (call.check) {
    report_checked(call, response, outcome);
  } else {
    fire(call, response, outcome);
  }
}

}  // namespace cppworker::http
