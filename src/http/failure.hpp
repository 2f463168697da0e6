#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "net/tls_error.hpp"

namespace cppworker::http {

/// Why an exchange has no complete response. It names the cause and its facts, the same for both
/// engines; each user class makes the text of its Python counterpart from it.
struct Failure {
  enum class Cause : std::uint8_t {
    kNone,
    kStopped,  ///< no failure: the coroutine is unwinding and can't wait
    // The connection. `phase` says how far the exchange had come.
    kNoAddress,      ///< the host name has no address; `number`: EAI_…
    kSystemError,    ///< `number`: errno
    kTimedOut,       ///< the time limit of the phase has passed
    kClosed,         ///< by the server, in order
    kTls,            ///< `details->tls`
    kTunnelRefused,  ///< `details->text`: status line of the proxy's answer to CONNECT
    kOutOfMemory,
    // The answer.
    kBadStatusLine,       ///< `details->text`: the line
    kUnknownProtocol,     ///< `details->text`: the version, "HTTP/3.7"
    kLineTooLong,         ///< `details->text`: "status line", "header line", "chunk size line", …
    kTooManyHeaders,      ///< `number`: how many are allowed
    kInvalidResponse,     ///< any other violation of HTTP; `details->text`: the parser's words
    kIncompleteBody,      ///< by its Content-Length; `details->received`, `details->expected`
    kInvalidChunkLength,  ///< `details->text`: the line
    kIncompleteChunks,    ///< the connection ended inside a chunked body; `details->received` and
                        ///< `details->expected` of what was being read, 0 if it was a chunk's size
    kInvalidEncoding,  ///< of the content; `details->text`: the library's words;
                       ///< `details->encoding` if the body is invalid, "" if the encoding is
    kDecodedTooLarge,  ///< the decoded body exceeds kDecodedBodyMax
    kUnsupported,      ///< only libcurl has it; `number`: its code, `details->text`: its words
  };

  /// The part of an exchange in which it failed.
  enum class Phase : std::uint8_t { kConnect, kTunnel, kTlsHandshake, kSend, kResponse, kBody };

  struct Details {
    std::string text{};
    std::string encoding{};
    std::int64_t received = 0;  ///< bytes of the body, or of a part of it
    std::int64_t expected = 0;  ///< bytes of the whole
    net::TlsError tls{};
  };

  Cause cause = Cause::kNone;
  Phase phase = Phase::kResponse;
  int number = 0;
  std::unique_ptr<const Details>
      details{};  ///< never null for a cause that names one of its members

  /// True if there is a failure, or the coroutine has to unwind.
  explicit operator bool() const { return cause != Cause::kNone; }

  static Failure of_errno(int error) { return {.cause = Cause::kSystemError, .number = error}; }
  static Failure with(Cause cause, Details details) {
    return {.cause = cause, .details = std::make_unique<const Details>(std::move(details))};
  }
};

}  // namespace cppworker::http
