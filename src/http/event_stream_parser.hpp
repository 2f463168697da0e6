#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <cppworker/server_events.hpp>

namespace cppworker::http {

/// The parser of text/event-stream, by the rules of the WHATWG (HTML, 9.2.6).
class EventStreamParser {
 public:
  enum class Result { kEvent, kNeedsMore, kTooLarge };

  /// @param event_size_max the most bytes of the lines of an event
  explicit EventStreamParser(std::size_t event_size_max) : event_size_max_(event_size_max) {}

  /// Consumes bytes until an event is complete, which it stores in `event` (all fields but
  /// `elapsed`), or until there are no more.
  Result next(std::string_view& bytes, ServerEvent& event);

  /// The last valid `retry` field in milliseconds.
  [[nodiscard]] const std::optional<double>& retry_ms() const { return retry_ms_; }

 private:
  /// Removes a byte order mark from the beginning of the stream. False: its end has not arrived.
  bool skip_mark(std::string_view& bytes);
  /// Moves bytes into line_. True: the line is complete.
  bool take_line(std::string_view& bytes);
  void handle_field();
  bool dispatch(ServerEvent& event);

  const std::size_t event_size_max_;
  std::string line_;  // the part that has arrived
  std::string type_;
  std::string data_;
  std::string last_id_;
  std::optional<double> retry_ms_;
  bool mark_checked_ = false;
  bool skips_lf_ = false;  // the line ended with CR, at the end of the bytes
};

}  // namespace cppworker::http
