#include "http/fast/fast_failure.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "base/check.hpp"
#include "http/failure_text.hpp"
#include "http/latin1.hpp"
#include "net/tls_failure_text.hpp"
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

/// After these errors geventhttpclient repeats a request.
bool is_retried(int error) {
  return error == ETIMEDOUT || error == ENOLINK || error == ENOENT || error == EPIPE;
}

/// The words of the socket's TimeoutError.
std::string_view timed_out(Failure::Phase phase, bool tls) {
  using Phase = Failure::Phase;
  if (phase == Phase::kTlsHandshake) {
    return "The handshake operation timed out";
  }
  const bool reading = phase == Phase::kResponse || phase == Phase::kBody;
  return tls && reading ? "The read operation timed out" : "timed out";
}

std::string tunnel_closed_text() {
  return exception_text("RuntimeError",
                        "Proxy closed the connection before answering the CONNECT request");
}

std::string tunnel_refused_text(std::string_view line) {
  const bool wants_authentication = line.substr(std::min(line.find(' '), line.size()), 4) == " 407";
  return exception_text("RuntimeError",
                        "Proxy CONNECT failed: " + latin1_to_utf8(line) +
                            (wants_authentication ? " (proxy authentication required?)" : ""));
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

std::string failure_text(const Failure& failure, std::string_view url, bool https,
                         std::string_view host) {
  using Cause = Failure::Cause;
  using Phase = Failure::Phase;
  const bool in_body = failure.phase == Phase::kBody;
  switch (failure.cause) {
    case Cause::kNoAddress:
      return name_error_text(failure.number);
    case Cause::kTimedOut:
      return in_body ? exception_text("TimeoutError", timed_out(failure.phase, https))
                     : retries_exceeded(url, timed_out(failure.phase, https));
    case Cause::kClosed:
      if (failure.phase == Phase::kTlsHandshake) {
        return net::tls_closed_text();
      }
      return failure.phase == Phase::kTunnel ? tunnel_closed_text()
                                             : "HTTPConnectionClosed('connection closed.')";
    case Cause::kSystemError:
      if (!in_body && is_retried(failure.number)) {
        return retries_exceeded(url, os_error_message(failure.number));
      }
      return os_error_text(failure.number);
    case Cause::kTls:
      return failure.details->tls.os_error != 0 ? os_error_text(failure.details->tls.os_error)
                                                : net::tls_failure_text(failure.details->tls, host);
    case Cause::kTunnelRefused:
      return tunnel_refused_text(failure.details->text);
    case Cause::kInvalidResponse:
      return "HTTPParseError(" + failure.details->text + ")";
    case Cause::kOutOfMemory:
      return "MemoryError()";
    default:
      break;
  }
  CHECK(false && "a cause that this parser doesn't have");
  return {};
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
