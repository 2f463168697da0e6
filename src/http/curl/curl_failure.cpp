#include "http/curl/curl_failure.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <openssl/x509.h>

#include "http/failure_text.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

std::string remote_disconnected() {
  return exception_text("RemoteDisconnected", "Remote end closed connection without response");
}

/// For failures that Python doesn't have, or that libcurl doesn't describe.
std::string curl_error(CURLcode code, std::string_view message) {
  return fmt::format("CurlError({}, {})", static_cast<int>(code),
                     text::python_repr(text::to_utf8(message)));
}

/// The kind of failure only: most of libcurl's messages contain numbers that differ each time, and
/// each text becomes a row of the statistics.
std::string unknown_to_python(CURLcode code) { return curl_error(code, curl_easy_strerror(code)); }

/// libcurl's errno may come from an earlier transfer of the handle. It is used only if the message
/// has the same error.
bool is_mentioned(int os_error, std::string_view message) {
  return os_error != 0 &&
         message.find(std::generic_category().message(os_error)) != std::string_view::npos;
}

std::string certificate_error(const CurlFailure& failure) {
  std::string reason;
  // libcurl checks the name itself. Until then the result is "unspecified".
  if (failure.verify_result != X509_V_OK && failure.verify_result != X509_V_ERR_UNSPECIFIED) {
    reason = X509_verify_cert_error_string(failure.verify_result);
  } else {
    const std::string_view host = failure.url.host();
    reason = fmt::format("{} mismatch, certificate is not valid for {}.",
                         failure.url.host_is_address() ? "IP address" : "Hostname",
                         text::python_repr(host));
  }
  return fmt::format(
      "SSLError(SSLCertVerificationError(1, {}))",
      text::python_repr("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: " + reason));
}

std::string handshake_error(const CurlFailure& failure) {
  if (is_mentioned(failure.os_error, failure.message)) {
    return os_error_text(failure.os_error);
  }
  // "error:0A00010B:SSL routines::wrong version number"
  const std::size_t at = failure.message.rfind(':');
  if (failure.message.find("SSL routines") == std::string_view::npos ||
      at == std::string_view::npos) {
    return "SSLError(SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation "
           "of protocol'))";
  }
  const std::string_view reason = failure.message.substr(at + 1);
  return fmt::format("SSLError(SSLError(1, {}))",
                     text::python_repr(text::to_utf8(
                         fmt::format("[SSL: {}] {}", tls_reason_code(reason), reason))));
}

std::string unsupported_version(const CurlFailure& failure) {
  // "Unsupported HTTP version (3.7) in response"
  const std::size_t begin = failure.message.find('(') + 1;
  const std::size_t end = failure.message.find(')', begin);
  if (begin == 0 || end == std::string_view::npos) {
    return unknown_to_python(failure.code);
  }
  return exception_text("UnknownProtocol",
                        "HTTP/" + std::string(failure.message.substr(begin, end - begin)));
}

std::string decoding_error(const CurlFailure& failure) {
  const std::string encoding = text::to_utf8(failure.content_encoding);
  std::string cause = "brotli: decoder failed";
  if (encoding != "br") {
    const std::size_t at = failure.message.rfind(": ");
    cause = "Error -3 while decompressing data: ";
    cause += at == std::string_view::npos ? failure.message : failure.message.substr(at + 2);
  }
  return fmt::format("ContentDecodingError(DecodeError({}, {}))",
                     text::python_repr("Received response with content-encoding: " + encoding +
                                       ", but failed to decode it."),
                     exception_text("error", cause));
}

std::string cut_body(const CurlFailure& failure) {
  if (failure.body_expected < 0) {
    return "ChunkedEncodingError(ProtocolError('Response ended prematurely'))";
  }
  return connection_broken_text(fmt::format("IncompleteRead({} bytes read, {} more expected)",
                                            failure.body_received,
                                            failure.body_expected - failure.body_received));
}

std::string connection_lost(const CurlFailure& failure) {
  const bool chunks = failure.message.find("chunk") != std::string_view::npos ||
                      failure.message.find("hexadecimal") != std::string_view::npos;
  if (failure.head_complete && chunks) {
    return "ChunkedEncodingError(ProtocolError('Connection broken: InvalidChunkLength'))";
  }
  if (!is_mentioned(failure.os_error, failure.message)) {
    return unknown_to_python(failure.code);
  }
  const std::string cause = os_error_text(failure.os_error);
  return failure.head_complete ? connection_broken_text(cause) : cause;
}

}  // namespace

std::string describe(const CurlFailure& failure) {
  if (!failure.bad_status_line.empty()) {
    return exception_text("BadStatusLine", latin1_to_utf8(failure.bad_status_line));
  }
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return name_error_text(EAI_NONAME);
    case CURLE_COULDNT_CONNECT:
      return failure.os_error != 0 ? os_error_text(failure.os_error)
                                   : unknown_to_python(failure.code);
    case CURLE_OPERATION_TIMEDOUT:  // no limit was set: it is libcurl's default for connecting
      return os_error_text(ETIMEDOUT);
    case CURLE_GOT_NOTHING:
      return remote_disconnected();
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return connection_lost(failure);
    case CURLE_PARTIAL_FILE:
      return cut_body(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate_error(failure);
    case CURLE_SSL_CONNECT_ERROR:
      return handshake_error(failure);
    case CURLE_BAD_CONTENT_ENCODING:
      return decoding_error(failure);
    case CURLE_UNSUPPORTED_PROTOCOL:
      return unsupported_version(failure);
    case CURLE_WEIRD_SERVER_REPLY:  // the messages are fixed texts with more detail
      return curl_error(failure.code, failure.message);
    case CURLE_OUT_OF_MEMORY:
      return "MemoryError()";
    default:
      return unknown_to_python(failure.code);
  }
}

}  // namespace cppworker::http
