#pragma once

namespace cppworker::net {

/// Why an operation of a TlsStream failed.
struct TlsError {
  int os_error = 0;        ///< errno, if the socket failed
  unsigned long code = 0;  ///< OpenSSL's packed error code; 0: none
  long verify_result = 0;  ///< X509_V_ERR_…, if the peer's certificate was rejected
};

}  // namespace cppworker::net
