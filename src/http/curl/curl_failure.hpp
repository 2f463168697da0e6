#pragma once

#include <string_view>

#include <curl/curl.h>

#include "http/failure.hpp"

namespace cppworker::http {

/// libcurl's information about a transfer that failed.
struct CurlFailure {
  CURLcode code = CURLE_OK;
  Failure::Phase phase = Failure::Phase::kConnect;
  int os_error = 0;            ///< errno, if a system call failed
  long verify_result = 0;      ///< OpenSSL's X509_V_ERR_…
  std::string_view message{};  ///< of CURLOPT_ERRORBUFFER
  bool host_is_address = false;
  curl_off_t body_received = 0;   ///< bytes
  curl_off_t body_expected = -1;  ///< Content-Length; -1: unknown
};

/// The cause of the failure, as far as libcurl's information allows; kUnsupported if libcurl gives
/// no cause that our own connections also have.
[[nodiscard]] Failure failure_of(const CurlFailure& failure);
/// A failure that our own connections don't have. @param number libcurl's code
[[nodiscard]] Failure unsupported(int number, std::string_view message);

}  // namespace cppworker::http
