#include "http/failure_text.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>

#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

/// PEP 3151.
std::string_view os_error_class(int error_number) {
  switch (error_number) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
      return "BlockingIOError";
    case EPIPE:
    case ESHUTDOWN:
      return "BrokenPipeError";
    case ECONNABORTED:
      return "ConnectionAbortedError";
    case ECONNREFUSED:
      return "ConnectionRefusedError";
    case ECONNRESET:
      return "ConnectionResetError";
    case EACCES:
    case EPERM:
      return "PermissionError";
    case EINTR:
      return "InterruptedError";
    case ETIMEDOUT:
      return "TimeoutError";
    default:
      return "OSError";
  }
}

}  // namespace

std::string os_error_text(int error_number) {
  return fmt::format("{}({}, {})", os_error_class(error_number), error_number,
                     text::python_repr(std::generic_category().message(error_number)));
}

std::string name_error_text(int gai_error) {
  return fmt::format("gaierror({}, {})", gai_error, text::python_repr(gai_strerror(gai_error)));
}

std::optional<std::string> http_error_message(int status_code, std::string_view reason,
                                              std::string_view name) {
  if (status_code < 400 || status_code >= 600) {
    return std::nullopt;
  }
  return fmt::format("{} {} Error: {} for url: {}", status_code,
                     status_code < 500 ? "Client" : "Server", reason, name);
}

std::optional<std::string> http_error_text(int status_code, std::string_view reason,
                                           std::string_view name) {
  if (const auto message = http_error_message(status_code, reason, name)) {
    return exception_text("HTTPError", *message);
  }
  return std::nullopt;
}

std::string exception_text(std::string_view type, std::string_view message) {
  return fmt::format("{}({})", type, text::python_repr(text::to_utf8(message)));
}

std::string connection_broken_text(std::string_view cause) {
  return fmt::format("ChunkedEncodingError(ProtocolError({}, {}))",
                     text::python_repr(fmt::format("Connection broken: {}", cause)), cause);
}

std::string pool_text(bool https, std::string_view host, std::uint16_t port) {
  return fmt::format("HTTP{}ConnectionPool(host={}, port={})", https ? "S" : "",
                     text::python_repr(host), port);
}

std::string seconds_text(double seconds) { return fmt::format("{}", seconds); }

}  // namespace cppworker::http
