#include <utility>

#include <cppworker/events.hpp>
#include <cppworker/http_response.hpp>

#include "http/body_stream.hpp"
#include "http/cookie_rules.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/url/url.hpp"

namespace cppworker {

std::string ResponseHeaders::operator[](std::string_view name) const {
  const std::string_view value = http::find_header(lines_, name);
  if (value.data() == nullptr) throw http::missing_header(name);
  return std::string(value);
}

std::string ResponseHeaders::get(std::string_view name, std::string_view default_value) const {
  const std::string_view value = http::find_header(lines_, name);
  return std::string(value.data() == nullptr ? default_value : value);
}

bool ResponseHeaders::contains(std::string_view name) const {
  return http::find_header(lines_, name).data() != nullptr;
}

Pairs ResponseHeaders::items() const {
  Pairs items;
  std::string_view lines = lines_;
  while (!lines.empty()) {
    const auto [name, value] = http::split_header(http::take_line(lines));
    items.emplace_back(name, value);
  }
  return items;
}

Cookies Response::cookies() const {
  Cookies cookies;
  if (headers.contains("Set-Cookie")) {
    http::store_cookies(cookies, {.url = http::Url::prepare(url), .host = cookie_host},
                        headers.lines(), detail::unix_time(), http::CookieJar::kRequests);
  }
  return cookies;
}

void Response::raise_for_status() const {
  if (!error.empty()) {
    throw HTTPError(error);
  }
  if (const auto message = http::http_error_message(status_code, reason, url)) {
    throw HTTPError(*message);
  }
}

namespace detail {

ContentSource::ContentSource(const Response& response)
    : stream_(response.stream), rest_(response.text) {}

void ContentSource::advance() {
  if (stream_ != nullptr) {
    at_end_ = !stream_->next(buffer_);
    piece_ = buffer_;
    return;
  }
  piece_ = std::exchange(rest_, {});
  at_end_ = piece_.empty();
}

void LineSource::advance() {
  for (;;) {
    const std::size_t end = pending_.find_first_of("\r\n", searched_);
    // A CR at the end of the received text may be the first half of a CRLF.
    const bool whole = end != std::string::npos &&
                       (pending_[end] == '\n' || end + 1 < pending_.size() || content_.at_end());
    if (whole) {
      const bool two = pending_.compare(end, 2, "\r\n") == 0;
      line_.assign(pending_, 0, end);
      pending_.erase(0, end + (two ? 2 : 1));
      searched_ = 0;
      return;
    }
    if (content_.at_end()) {
      line_ = std::exchange(pending_, {});
      searched_ = 0;
      at_end_ = line_.empty();
      return;
    }
    searched_ = end == std::string::npos ? pending_.size() : end;
    content_.advance();
    if (!content_.at_end()) {
      pending_ += content_.piece();
    }
  }
}

}  // namespace detail

}  // namespace cppworker
