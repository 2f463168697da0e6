#include "http/fast/tls_failure.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "http/failure_text.hpp"
#include "text/python_repr.hpp"

namespace cppworker::http::fast {

namespace {

std::string certificate_failure(const SSL& ssl, std::string_view host) {
  const long result = SSL_get_verify_result(&ssl);
  std::string reason;
  if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    reason = fmt::format("{} mismatch, certificate is not valid for {}.",
                         result == X509_V_ERR_IP_ADDRESS_MISMATCH ? "IP address" : "Hostname",
                         text::python_repr(host));
  } else {
    reason = X509_verify_cert_error_string(result);
  }
  return fmt::format(
      "SSLCertVerificationError(1, {})",
      text::python_repr("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: " + reason));
}

}  // namespace

std::string tls_failure(const SSL& ssl, int error, std::string_view host) {
  const int os_error = errno;
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (error == SSL_ERROR_SYSCALL && os_error != 0) {
    return os_error_text(os_error);
  }
  const int reason = ERR_GET_REASON(code);
  if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return tls_closed_text();
  }
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return certificate_failure(ssl, host);
  }
  const char* const text = ERR_reason_error_string(code);
  const std::string_view words = text == nullptr ? "unknown error" : text;
  return fmt::format("SSLError(1, {})",
                     text::python_repr(fmt::format("[SSL: {}] {}", tls_reason_code(words), words)));
}

std::string tls_closed_text() {
  return "SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of "
         "protocol')";
}

void clear_tls_errors() { ERR_clear_error(); }

}  // namespace cppworker::http::fast
