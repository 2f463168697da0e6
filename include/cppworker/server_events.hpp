#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_response.hpp>
#include <cppworker/text.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// One event of a `text/event-stream` (server-sent events). The fields are those of a browser's
/// MessageEvent. Invalid UTF-8 is replaced as a browser does.
struct ServerEvent {
  std::string event = "message";  ///< the type
  std::string data{};             ///< the lines, joined by "\n"
  std::string id{};               ///< the last event ID so far; "": none
  /// The time from the start of the request until the first bytes of the piece that completed the
  /// event arrived.
  Milliseconds elapsed{};
};

struct ServerEventOptions {
  Text name{};  ///< the rows in the statistics; default: the name of the request
  /// True: a row `SSE event` for each event after the first, with the time since the one before.
  bool gaps = true;
  /// The largest event in bytes. A larger one is a failure and ends the stream.
  std::size_t event_size_max = std::size_t{1024} * 1024;
};

namespace detail {
class EventStream;
}

/// The events of a streamed response, for a range-based for. See sse().
class CPPWORKER_EXPORT ServerEvents {
 public:
  class Iterator {
   public:
    using value_type = ServerEvent;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    explicit Iterator(ServerEvents* events) : events_(events) {}
    const ServerEvent& operator*() const { return events_->event_; }
    const ServerEvent* operator->() const { return &events_->event_; }
    Iterator& operator++() {
      events_->advance();
      return *this;
    }
    void operator++(int) { events_->advance(); }
    bool operator==(std::default_sentinel_t) const { return events_->at_end_; }

   private:
    ServerEvents* events_;
  };

  ServerEvents(const Response& response, const ServerEventOptions& options);
  /// Reports the row `SSE`. It is a failure if an exception leaves the loop. If the user is being
  /// stopped, the stream counts as cut off instead. Suspends only if a listener of `request` does.
  ~ServerEvents() noexcept(false);
  ServerEvents(const ServerEvents&) = delete;
  ServerEvents& operator=(const ServerEvents&) = delete;

  /// Waits for the first event. Suspends; throws StopUser.
  Iterator begin() {
    advance();
    return Iterator(this);
  }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

  /// Why the stream ended early, as in the statistics; "": it did not.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// The last `retry` field: how long a client waits before it connects again. 0: there was none.
  [[nodiscard]] Milliseconds retry() const;
  /// Makes the row `SSE` a failure, for example if an event is missing. The statistics show
  /// CatchResponseError('message').
  void failure(std::string_view message);

 private:
  void advance();
  bool receive();
  void finish();
  void report_event();
  void report_end();

  std::unique_ptr<detail::EventStream> stream_;  // null: there is nothing to report (any more)
  ServerEvent event_;
  std::string error_;
  bool at_end_ = false;
  int exceptions_;  // that were unwinding when it was made
};

/// The server-sent events of a response to a request with `.stream = true`:
/// `for (const ServerEvent& event : sse(response))`. Each step of the loop waits for an event.
///
/// Rows in the statistics, all with the name of the request (or of the options):
/// - `SSE first event`: the time from the start of the request to the first event,
/// - `SSE event`: the time between two events; the length is that of `data`,
/// - `SSE`: the time from the start of the request to the end of the stream (or to the last event,
///   if the loop was left before); the length is that of all `data`.
///
/// The times are those at which the bytes arrived. A stream that breaks off, exceeds the read
/// timeout, or is not text/event-stream makes the row `SSE` a failure and ends the loop: no
/// exception is thrown. A failed request (status ≥ 400, or no response) has no events and no
/// further rows.
///
/// Throws std::invalid_argument if the response is not streamed.
[[nodiscard]] inline ServerEvents sse(const Response& response,
                                      const ServerEventOptions& options = {}) {
  return {response, options};
}
ServerEvents sse(const Response&& response,
                 const ServerEventOptions& options = {}) = delete;  // keep it in a variable

}  // namespace cppworker
