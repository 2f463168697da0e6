#include "http/fast/fast_failure.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "http/failure_text.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::fast {

namespace {

std::string url_repr(std::string_view url) { return text::python_repr(text::to_utf8(url)); }

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool is_valid(int status_code) {
  return (status_code >= 200 && status_code <= 208) || status_code == 226 ||
         (status_code >= 301 && status_code <= 304) || status_code == 307 || status_code == 308;
}

/// As str(OSError) has it.
std::string os_error_message(int error) {
  return fmt::format("[Errno {}] {}", error, std::generic_category().message(error));
}

std::string retries_exceeded(std::string_view url, std::string_view original) {
  std::string text = fmt::format("RetriesExceeded({}, 0)", url_repr(url));
  // Every ')': geventhttpclient replaces those in the URL, too.
  replace_all(text, ")", fmt::format(", original={})", original));
  return text;
}

}  // namespace

std::string bad_status_text(int status_code, std::string_view url) {
  if (is_valid(status_code)) {
    return {};
  }
  if (url.find(')') == std::string_view::npos) {
    return fmt::format("LocustBadStatusCode(code={})", status_code);
  }
  std::string text = fmt::format("LocustBadStatusCode({})", url_repr(url));
  replace_all(text, ")", fmt::format(", code={})", status_code));
  return text;
}

std::string request_failure(const IoResult& result, std::string_view url) {
  switch (result.kind) {
    case IoResult::Kind::kTimedOut:
      return retries_exceeded(url, "timed out");
    case IoResult::Kind::kClosed:
      return "HTTPConnectionClosed('connection closed.')";
    case IoResult::Kind::kOsError:
      if (result.os_error == ETIMEDOUT || result.os_error == ENOLINK || result.os_error == ENOENT ||
          result.os_error == EPIPE) {
        return retries_exceeded(url, os_error_message(result.os_error));
      }
      return os_error_text(result.os_error);
    default:
      return result.failure_text();
  }
}

std::string parse_failure(const ResponseParser& parser) {
  return "HTTPParseError(" + parser.error().text() + ")";
}

std::string body_failure(const IoResult& result) {
  switch (result.kind) {
    case IoResult::Kind::kTimedOut:
      return "TimeoutError('timed out')";
    case IoResult::Kind::kOsError:
      return os_error_text(result.os_error);
    default:
      return result.failure_text();
  }
}

std::string too_many_redirects_text(int redirects_max, std::string_view url) {
  return fmt::format("RetriesExceeded({}, 'Redirection limit reached ({})')", url_repr(url),
                     redirects_max);
}

std::string redirect_scheme_text(std::string_view location, std::string_view url) {
  const std::string scheme(location.substr(0, std::min(location.find(':'), location.size())));
  return fmt::format("UnsupportedRedirectSchemeError({}, {})", url_repr(url),
                     text::python_repr("refusing to follow redirect to " +
                                       text::python_repr(text::to_utf8(scheme)) + " URL"));
}

}  // namespace cppworker::http::fast
