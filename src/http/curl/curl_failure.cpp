#include "http/curl/curl_failure.hpp"

#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509.h>

namespace cppworker::http {

namespace {

using Cause = Failure::Cause;
using Phase = Failure::Phase;

/// The kind of failure only: most of libcurl's messages contain numbers that differ each time, and
/// each text becomes a row of the statistics.
Failure kind_of(CURLcode code) { return unsupported(code, curl_easy_strerror(code)); }

/// libcurl's errno may come from an earlier system call. It is used only if the message has the
/// same error.
bool is_mentioned(int os_error, std::string_view message) {
  return os_error != 0 &&
         message.find(std::generic_category().message(os_error)) != std::string_view::npos;
}

/// OpenSSL's packed code in "error:0A00010B:SSL routines::wrong version number"; 0: none.
unsigned long tls_code(std::string_view message) {
  constexpr std::string_view kPrefix = "error:";
  unsigned long code = 0;
  if (const std::size_t at = message.find(kPrefix); at != std::string_view::npos) {
    message.remove_prefix(at + kPrefix.size());
    std::from_chars(message.data(), message.data() + message.size(), code, 16);
  }
  return code;
}

Failure wrong_certificate(const CurlFailure& failure) {
  long result = failure.verify_result;
  // libcurl checks the name itself. Until then the result is "unspecified".
  if (result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED) {
    result =
        failure.host_is_address ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH;
  }
  return Failure::with(Cause::kTls,
                       {.tls = {.code = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED),
                                .verify_result = result}});
}

/// A proxy has closed the connection before it answered.
bool is_tunnel_aborted(std::string_view message) {
  return message.find("CONNECT aborted") != std::string_view::npos;
}

/// The server has closed the connection.
Failure closed(const CurlFailure& failure) {
  if (failure.phase != Phase::kBody) {
    return {.cause = Cause::kClosed};
  }
  if (failure.body_expected < 0) {
    return Failure::with(Cause::kIncompleteChunks, {});
  }
  return Failure::with(Cause::kIncompleteBody,
                       {.received = failure.body_received, .expected = failure.body_expected});
}

/// An error of the socket or of TLS.
Failure connection_lost(const CurlFailure& failure) {
  if (is_mentioned(failure.os_error, failure.message)) {
    return Failure::of_errno(failure.os_error);
  }
  const unsigned long code = tls_code(failure.message);
  if (code != 0 && ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return Failure::with(Cause::kTls, {.tls = {.code = code}});
  }
  const bool ended = code != 0 || failure.code == CURLE_SSL_CONNECT_ERROR ||
                     is_tunnel_aborted(failure.message) ||
                     failure.message.find("SSL_ERROR_SYSCALL") != std::string_view::npos;
  return ended ? closed(failure) : kind_of(failure.code);
}

Failure broken_receipt(const CurlFailure& failure) {
  const bool chunks = failure.message.find("chunk") != std::string_view::npos ||
                      failure.message.find("hexadecimal") != std::string_view::npos;
  return failure.phase == Phase::kBody && chunks ? Failure::with(Cause::kInvalidChunkLength, {})
                                                 : connection_lost(failure);
}

Failure unknown_version(const CurlFailure& failure) {
  // "Unsupported HTTP version (3.7) in response"
  const std::size_t begin = failure.message.find('(') + 1;
  const std::size_t end = failure.message.find(')', begin);
  if (begin == 0 || end == std::string_view::npos) {
    return kind_of(failure.code);
  }
  return Failure::with(Cause::kUnknownProtocol,
                       {.text = "HTTP/" + std::string(failure.message.substr(begin, end - begin))});
}

Failure cause_of(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {.cause = Cause::kNoAddress, .number = EAI_NONAME};
    case CURLE_COULDNT_CONNECT:
      return failure.os_error != 0 ? Failure::of_errno(failure.os_error) : kind_of(failure.code);
    case CURLE_OPERATION_TIMEDOUT:  // no limit was set: it is libcurl's default for connecting
      return Failure::of_errno(ETIMEDOUT);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return closed(failure);
    case CURLE_RECV_ERROR:
      return broken_receipt(failure);
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
      return connection_lost(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
      return wrong_certificate(failure);
    case CURLE_UNSUPPORTED_PROTOCOL:
      return unknown_version(failure);
    case CURLE_WEIRD_SERVER_REPLY:  // the messages are fixed texts with more detail
      return unsupported(failure.code, failure.message);
    case CURLE_OUT_OF_MEMORY:
      return {.cause = Cause::kOutOfMemory};
    default:
      return kind_of(failure.code);
  }
}

Phase phase_of(const CurlFailure& failure) {
  if (is_tunnel_aborted(failure.message)) {
    return Phase::kTunnel;  // libcurl may connect and lose the connection in one call
  }
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
      return Phase::kConnect;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return Phase::kTlsHandshake;
    case CURLE_SEND_ERROR:
      return failure.phase == Phase::kResponse ? Phase::kSend : failure.phase;
    default:
      return failure.phase;
  }
}

}  // namespace

Failure unsupported(int number, std::string_view message) {
  Failure failure = Failure::with(Cause::kUnsupported, {.text = std::string(message)});
  failure.number = number;
  return failure;
}

Failure failure_of(const CurlFailure& failure) {
  Failure result = cause_of(failure);
  result.phase = phase_of(failure);
  return result;
}

}  // namespace cppworker::http
