#include "grpc/report.hpp"

#include <utility>

#include <cppworker/exception.hpp>

#include "text/python_repr.hpp"
#include "user/merged_context.hpp"

namespace cppworker::grpc {

namespace {

/// The text of a failure's sample.
std::string detail_of(const GrpcResult& result) {
  std::string text = std::string(grpc_code_name(result.code)) + "\n" + result.details + "\n";
  for (const GrpcMetadata* metadata : {&result.initial_metadata, &result.trailing_metadata}) {
    for (const auto& [name, value] : *metadata) {
      text += name + ": " + text::python_repr(value) + "\n";
    }
  }
  return text;
}

}  // namespace

void report(const detail::GrpcClientState& client, const Report& request,
            std::optional<std::string> failure) {
  detail::Shard& shard = client.shard();
  const RequestEventHook& hook = client.environment.events.request;
  Value context = detail::merged_context(client.user, request.context);
  if (!hook.has_listeners() && !(failure && shard.keeps_samples())) {
    shard.record({.method = request.type,
                  .name = request.name,
                  .response_time = request.end - request.start,
                  .response_length = request.length,
                  .failure = failure ? &*failure : nullptr,
                  .ended = request.end});
    return;
  }
  std::string url = url_of(client.channel->target()).append(request.path);
  const bool has_detail = failure && request.result != nullptr;
  hook.fire_ended({.request_type = request.type,
                   .name = request.name,
                   .response_time = request.end - request.start,
                   .response_length = request.length,
                   .exception = std::move(failure),
                   .start_time = shard.unix_time(request.start),
                   .url = std::move(url),
                   .context = std::move(context),
                   .detail = has_detail ? Text(detail_of(*request.result)) : Text()},
                  request.end);
}

void report_checked(const detail::GrpcClientState& client, const Report& request,
                    const GrpcResult& result, const detail::GrpcVerdict* verdict,
                    const std::function<void()>& check) {
  const auto report_verdict = [&] {
    std::optional<std::string> failure;
    if (verdict == nullptr || !verdict->verdict()) {
      if (!result.ok()) failure = failure_text(result.code, result.details);
    } else if (const auto& message = verdict->verdict()->failure) {
      failure = "CatchResponseError(" + text::python_repr(*message) + ")";
    }
    report(client, request, std::move(failure));
  };
  if (verdict == nullptr) return report_verdict();
  try {
    check();
  } catch (const StopUser&) {
    if (verdict->verdict()) {
      report_verdict();
    } else {
      count_cut_off(client, request.type, request.name);
    }
    throw;
  } catch (...) {
    if (verdict->verdict()) report_verdict();
    throw;
  }
  report_verdict();
}

void count_cut_off(const detail::GrpcClientState& client, std::string_view type,
                   std::string_view name) {
  ++client.shard().cut_off_requests[std::string(type) + " " + std::string(name)];
}

}  // namespace cppworker::grpc
