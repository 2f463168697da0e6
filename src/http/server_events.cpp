#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <cppworker/environment.hpp>
#include <cppworker/events.hpp>
#include <cppworker/server_events.hpp>

#include "coro/coroutine.hpp"
#include "coro/scheduler.hpp"
#include "http/body_stream.hpp"
#include "http/event_stream_parser.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/stopped_text.hpp"
#include "user/merged_context.hpp"
#include "user/shard.hpp"

namespace cppworker {

namespace detail {

/// What is known of a stream while its events are read.
class EventStream {
 public:
  EventStream(std::shared_ptr<http::BodyStream> body_, const ServerEventOptions& options)
      : body(std::move(body_)),
        request(body->answered),
        name(options.name.empty() ? request.name : std::string(options.name)),
        parser(options.event_size_max),
        gaps(options.gaps) {}

  void report(std::string_view type, Milliseconds time, std::size_t length, coro::TimePoint at,
              std::optional<std::string> failed) const {
    const Environment& environment = *request.environment;
    const coro::TimePoint start = at - std::chrono::duration_cast<coro::Duration>(time);
    environment.events.request.fire_ended({.request_type = type,
                                           .name = std::string_view(name),
                                           .response_time = time,
                                           .response_length = static_cast<std::int64_t>(length),
                                           .exception = std::move(failed),
                                           .start_time = environment.shard().unix_time(start),
                                           .context = merged_context(request.user, {})},
                                          at);
  }

  const std::shared_ptr<http::BodyStream> body;
  const http::BodyStream::Request& request;
  const std::string name;
  http::EventStreamParser parser;
  const bool gaps;
  std::string piece;
  std::string_view rest;                  // of the piece
  std::optional<coro::TimePoint> before;  // when the last event arrived
  coro::TimePoint ended;                  // when the end arrived, or the error was noticed
  std::size_t data_size = 0;              // of all events
  std::optional<std::string> failure;     // of the row `SSE`
  bool stopped = false;                   // it could not wait, because the user is stopped
};

}  // namespace detail

namespace {

/// The running user, or the whole test, is being stopped.
bool is_being_stopped() {
  coro::Scheduler* const scheduler = coro::Scheduler::current();
  const coro::Coroutine* const self = scheduler == nullptr ? nullptr : scheduler->running();
  return self != nullptr && self->stop_requested();
}

bool is_event_stream(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return http::equal_ignoring_case(http::trim(type), "text/event-stream");
}

}  // namespace

ServerEvents::ServerEvents(const Response& response, const ServerEventOptions& options)
    : exceptions_(std::uncaught_exceptions()) {
  if (!response.error.empty() || !response.ok()) {
    return;  // the row of the request has the failure
  }
  if (response.stream == nullptr) {
    throw std::invalid_argument(
        "sse(): the response has been received already. Make the request with .stream = true");
  }
  stream_ = std::make_unique<detail::EventStream>(response.stream, options);
  const std::string type = response.headers.get("Content-Type", "missing");
  if (!is_event_stream(type)) {
    error_ = http::exception_text("ServerEventError",
                                  "Content-Type is " + type + ", not text/event-stream");
  }
}

ServerEvents::~ServerEvents() noexcept(false) {
  if (stream_ == nullptr) {
    return;
  }
  const bool unwinds = std::uncaught_exceptions() != exceptions_;
  if (stream_->stopped || (unwinds && !at_end_ && is_being_stopped())) {
    ++stream_->request.environment->shard().cut_off_requests["SSE " + stream_->name];
    return;
  }
  if (!unwinds) {
    report_end();
    return;
  }
  if (!at_end_ && !stream_->failure) {
    stream_->failure = http::exception_text("ServerEventError", "an exception has left the loop");
  }
  try {
    report_end();
  } catch (...) {  // of a listener: the one that unwinds ends the task already
  }
}

Milliseconds ServerEvents::retry() const {
  return Milliseconds{stream_ == nullptr ? 0 : stream_->parser.retry_ms().value_or(0)};
}

void ServerEvents::failure(std::string_view message) {
  if (stream_ != nullptr) {
    stream_->failure = http::exception_text("CatchResponseError", message);
  }
}

void ServerEvents::advance() {
  using Result = http::EventStreamParser::Result;
  at_end_ = stream_ == nullptr || !error_.empty();
  while (!at_end_) {
    switch (stream_->parser.next(stream_->rest, event_)) {
      case Result::kEvent:
        report_event();
        return;
      case Result::kTooLarge:
        error_ = http::exception_text("ServerEventError", "an event is larger than the limit");
        at_end_ = true;
        break;
      case Result::kNeedsMore:
        at_end_ = !receive();
        break;
    }
  }
  if (stream_ == nullptr) return;
  // Nothing arrives with an error such as a timeout.
  stream_->ended = error_.empty() ? stream_->body->received_at() : detail::clock_now();
}

/// Waits for the next part of the body. False at its end.
bool ServerEvents::receive() {
  try {
    if (!stream_->body->next(stream_->piece)) {
      return false;
    }
    stream_->rest = stream_->piece;
    return true;
  } catch (const StreamError& error) {
    error_ = error.what();
    stream_->stopped = error_ == http::kStoppedText;
    return false;
  }
}

void ServerEvents::report_event() {
  detail::EventStream& stream = *stream_;
  const coro::TimePoint now = stream.body->received_at();
  event_.elapsed = now - stream.request.start;
  stream.data_size += event_.data.size();
  const std::optional<coro::TimePoint> before = std::exchange(stream.before, now);
  if (!before) {
    stream.report("SSE first event", event_.elapsed, event_.data.size(), now, std::nullopt);
  } else if (stream.gaps) {
    stream.report("SSE event", now - *before, event_.data.size(), now, std::nullopt);
  }
}

void ServerEvents::report_end() {
  const std::unique_ptr<detail::EventStream> stream = std::move(stream_);
  const coro::TimePoint ended = at_end_ ? stream->ended : stream->body->received_at();
  if (!error_.empty()) stream->failure = error_;
  stream->report("SSE", ended - stream->request.start, stream->data_size, ended,
                 std::move(stream->failure));
}

}  // namespace cppworker
