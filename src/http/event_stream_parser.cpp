#include "http/event_stream_parser.hpp"

#include <algorithm>
#include <charconv>

#include "text/utf8.hpp"

namespace cppworker::http {

EventStreamParser::Result EventStreamParser::next(std::string_view& bytes, ServerEvent& event) {
  if (!mark_checked_ && !skip_mark(bytes)) {
    return Result::kNeedsMore;
  }
  while (take_line(bytes)) {
    if (line_.empty()) {
      if (dispatch(event)) {
        return Result::kEvent;
      }
    } else {
      handle_field();
      line_.clear();
    }
    if (data_.size() > event_size_max_) {
      return Result::kTooLarge;
    }
  }
  return line_.size() + data_.size() > event_size_max_ ? Result::kTooLarge : Result::kNeedsMore;
}

bool EventStreamParser::skip_mark(std::string_view& bytes) {
  constexpr std::string_view kMark = text::kByteOrderMark;
  while (!bytes.empty() && line_.size() < kMark.size() && bytes.front() == kMark[line_.size()]) {
    line_ += bytes.front();
    bytes.remove_prefix(1);
  }
  if (line_.size() == kMark.size()) {
    line_.clear();
  } else if (bytes.empty()) {
    return false;
  }
  mark_checked_ = true;  // a part of a mark stays in line_, as the beginning of the first line
  return true;
}

bool EventStreamParser::take_line(std::string_view& bytes) {
  if (skips_lf_ && !bytes.empty()) {
    skips_lf_ = false;
    if (bytes.front() == '\n') bytes.remove_prefix(1);
  }
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end == std::string_view::npos) {
    // What is beyond the limit is not needed to find out that it is exceeded.
    const std::size_t room = event_size_max_ - std::min(line_.size(), event_size_max_);
    line_ += bytes.substr(0, room < bytes.size() ? room + 1 : bytes.size());
    bytes = {};
    return false;
  }
  line_ += bytes.substr(0, end);
  skips_lf_ = bytes[end] == '\r';
  bytes.remove_prefix(end + 1);
  return true;
}

void EventStreamParser::handle_field() {
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  if (field == "data") {
    data_.append(value).append("\n");
  } else if (field == "event") {
    type_ = value;
  } else if (field == "id") {
    if (value.find('\0') == std::string_view::npos) last_id_ = text::to_utf8(value);
  } else if (field == "retry") {
    const bool is_number = !value.empty() && std::ranges::all_of(value, [](char character) {
      return character >= '0' && character <= '9';
    });
    double number = 0;
    if (is_number &&
        std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc{}) {
      retry_ms_ = number;
    }
  }  // other fields and comments are ignored
}

bool EventStreamParser::dispatch(ServerEvent& event) {
  if (data_.empty()) {
    type_.clear();
    return false;
  }
  data_.pop_back();  // the "\n" after the last line
  event.event = type_.empty() ? "message" : text::to_utf8(type_);
  event.data = text::to_utf8(data_);
  event.id = last_id_;
  data_.clear();
  type_.clear();
  return true;
}

}  // namespace cppworker::http
