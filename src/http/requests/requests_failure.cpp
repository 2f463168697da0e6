#include "http/requests/requests_failure.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "http/failure_text.hpp"
#include "http/latin1.hpp"
#include "http/python_text.hpp"
#include "http/requests/head_parser.hpp"
#include "net/tls_failure_text.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::requests {

namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;

std::string latin1_exception(std::string_view type, std::string_view latin1) {
  return exception_text(type, latin1_to_utf8(latin1));
}

std::string body_exception(std::string_view message) {
  return fmt::format("ChunkedEncodingError({})", exception_text("ProtocolError", message));
}

/// An OSError of the socket. In the body, urllib3 wraps it.
std::string socket_error(std::string_view text, Phase phase) {
  return phase == Phase::kBody ? connection_broken_text(text) : std::string(text);
}

std::string timed_out(Phase phase, const Exchange::Request& request) {
  if (phase == Phase::kSend) {
    return exception_text("TimeoutError", "timed out");
  }
  // The timeout for connecting holds until the end of the TLS handshake.
  const bool connecting =
      phase == Phase::kConnect || phase == Phase::kTunnel || phase == Phase::kTlsHandshake;
  const std::optional<coro::Duration>& limit =
      connecting ? request.connect_timeout : request.read_timeout;
  if (!limit) {  // a limit of the system
    return socket_error(os_error_text(ETIMEDOUT), phase);
  }
  const Url& url = *request.url;
  const std::string seconds = seconds_text(std::chrono::duration<double>(*limit).count());
  if (phase == Phase::kConnect) {
    // Python's text also has the memory address of the connection, so each failure is a row of its
    // own there.
    return fmt::format(
        "ConnectTimeoutError(<HTTP{}Connection(host={}, port={})>, {})", url.https() ? "S" : "",
        text::python_repr(url.host()), url.port(),
        text::python_repr(
            fmt::format("Connection to {} timed out. (connect timeout={})", url.host(), seconds)));
  }
  const std::string pool = pool_text(url.https(), url.host(), url.port());
  if (phase == Phase::kBody) {
    return exception_text("ReadTimeoutError", pool + ": Read timed out.");
  }
  return fmt::format(
      "ReadTimeout({})",
      exception_text("ReadTimeoutError",
                     fmt::format("{}: Read timed out. (read timeout={})", pool, seconds)));
}

/// In a proxy's tunnel, Locust shows the innermost exception.
std::string handshake_failed(std::string text, const Exchange::Request& request) {
  const std::optional<std::string>& proxy = request.transport.proxy;
  return proxy && !proxy->empty() ? std::move(text) : fmt::format("SSLError({})", text);
}

std::string closed(Phase phase, const Exchange::Request& request) {
  return phase == Phase::kTlsHandshake
             ? handshake_failed(net::tls_closed_text(), request)
             : exception_text("RemoteDisconnected",
                              "Remote end closed connection without response");
}

std::string tls(const Failure& failure, const Exchange::Request& request) {
  const net::TlsError& error = failure.details->tls;
  if (error.os_error != 0) {
    return socket_error(os_error_text(error.os_error), failure.phase);
  }
  std::string text = net::tls_failure_text(error, request.url->host());
  if (failure.phase == Phase::kTlsHandshake) {
    return handshake_failed(std::move(text), request);
  }
  // While the head is read, Locust shows the innermost exception.
  return failure.phase == Phase::kResponse ? text : fmt::format("SSLError({})", text);
}

/// @param line "HTTP/1.1 407 Proxy Authentication Required"
std::string tunnel_refused(std::string_view line) {
  if (!line.starts_with("HTTP/")) {
    return latin1_exception("BadStatusLine", std::string(line) + "\r\n");
  }
  line = strip(line);
  line.remove_prefix(std::min(line.find(' '), line.size()));
  line = strip(line);
  const std::size_t code = std::min(line.find(' '), line.size());
  return latin1_exception("OSError", fmt::format("Tunnel connection failed: {} {}",
                                                 line.substr(0, code), strip(line.substr(code))));
}

std::string line_too_long(std::string_view which) {
  if (which.starts_with("chunk")) {
    return body_exception(fmt::format("Response {} exceeded maximum allowed length", which));
  }
  return exception_text("LineTooLong", fmt::format("got more than {} bytes when reading {}",
                                                   HeadParser::kLineMax, which));
}

std::string incomplete_read(const Failure::Details& details) {
  return fmt::format("IncompleteRead({} bytes read, {} more expected)", details.received,
                     details.expected - details.received);
}

std::string incomplete_body(const Failure::Details& details) {
  if (details.expected == 0) {
    return fmt::format(
        "ChunkedEncodingError(ProtocolError('Response may not contain content.', {}))",
        incomplete_read(details));
  }
  return connection_broken_text(incomplete_read(details));
}

std::string incomplete_chunks(const Failure::Details& details) {
  return details.expected == 0 ? body_exception("Response ended prematurely")
                               : connection_broken_text(incomplete_read(details));
}

std::string invalid_encoding_text(const Failure::Details& details) {
  if (details.encoding.empty()) {
    return fmt::format("ContentDecodingError({})", exception_text("DecodeError", details.text));
  }
  const std::string message =
      fmt::format("Received response with content-encoding: {}, but failed to decode it.",
                  latin1_to_utf8(details.encoding));
  return fmt::format("ContentDecodingError(DecodeError({}, {}))", text::python_repr(message),
                     exception_text("error", details.text));
}

}  // namespace

std::string failure_text(const Failure& failure, const Exchange::Request& request) {
  const Phase phase = failure.phase;
  switch (failure.cause) {
    case Cause::kNone:
    case Cause::kStopped:
      return {};
    case Cause::kNoAddress:
      return name_error_text(failure.number);
    case Cause::kSystemError:
      return socket_error(os_error_text(failure.number), phase);
    case Cause::kTimedOut:
      return timed_out(phase, request);
    case Cause::kClosed:
      return closed(phase, request);
    case Cause::kTls:
      return tls(failure, request);
    case Cause::kTunnelRefused:
      return tunnel_refused(failure.details->text);
    case Cause::kOutOfMemory:
      return "MemoryError()";
    case Cause::kBadStatusLine:
      return latin1_exception("BadStatusLine", failure.details->text);
    case Cause::kUnknownProtocol:
      return latin1_exception("UnknownProtocol", failure.details->text);
    case Cause::kLineTooLong:
      return line_too_long(failure.details->text);
    case Cause::kTooManyHeaders:
      return exception_text("HTTPException",
                            fmt::format("got more than {} headers", failure.number));
    case Cause::kInvalidResponse:
      return fmt::format("InvalidHeader({})",
                         latin1_exception("InvalidHeader", failure.details->text));
    case Cause::kIncompleteBody:
      return incomplete_body(*failure.details);
    case Cause::kInvalidChunkLength:
      return connection_broken_text(fmt::format("InvalidChunkLength(got length {}, 0 bytes read)",
                                                bytes_repr(failure.details->text)));
    case Cause::kIncompleteChunks:
      return incomplete_chunks(*failure.details);
    case Cause::kInvalidEncoding:
      return invalid_encoding_text(*failure.details);
    case Cause::kDecodedTooLarge:
      return fmt::format("ContentDecodingError({})",
                         exception_text("DecodeError", kDecodedTooLargeText));
    case Cause::kUnsupported:
      return fmt::format("CurlError({}, {})", failure.number,
                         text::python_repr(text::to_utf8(failure.details->text)));
  }
  CHECK(false);
  return {};
}

}  // namespace cppworker::http::requests
