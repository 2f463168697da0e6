#include "net/tls_failure_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509.h>

#include "base/check.hpp"
#include "text/ascii_case.hpp"
#include "text/python_repr.hpp"

namespace cppworker::net {

namespace {

std::string certificate_failure(long result, std::string_view host) {
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

/// Python's code of an OpenSSL reason: "wrong version number" -> "WRONG_VERSION_NUMBER".
std::string tls_reason_code(std::string_view reason) {
  std::string code = text::to_upper(reason);
  std::ranges::replace(code, ' ', '_');
  return code;
}

}  // namespace

std::string tls_failure_text(const TlsError& error, std::string_view host) {
  DCHECK(error.os_error == 0);
  const int reason = ERR_GET_REASON(error.code);
  if (error.code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return tls_closed_text();
  }
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return certificate_failure(error.verify_result, host);
  }
  const char* const text = ERR_reason_error_string(error.code);
  const std::string_view words = text == nullptr ? "unknown error" : text;
  return fmt::format("SSLError(1, {})",
                     text::python_repr(fmt::format("[SSL: {}] {}", tls_reason_code(words), words)));
}

std::string tls_closed_text() {
  return "SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of "
         "protocol')";
}

}  // namespace cppworker::net
