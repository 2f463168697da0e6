#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

#include "http/url/url.hpp"

namespace cppworker::http {

/// libcurl's information about a transfer that failed.
struct CurlFailure {
  const Url& url;
  CURLcode code = CURLE_OK;
  int os_error = 0;                    ///< errno, if a system call failed
  long verify_result = 0;              ///< OpenSSL's X509_V_ERR_…
  std::string_view message{};          ///< of CURLOPT_ERRORBUFFER
  std::string_view bad_status_line{};  ///< the first line of a response that isn't HTTP
  std::string_view content_encoding{};
  bool head_complete = false;     ///< the headers of a response had arrived
  curl_off_t body_received = 0;   ///< bytes on the wire, still encoded
  curl_off_t body_expected = -1;  ///< Content-Length; -1: unknown
};

/// The text that Python's HttpUser shows for this failure, as far as libcurl's information allows.
[[nodiscard]] std::string describe(const CurlFailure& failure);

}  // namespace cppworker::http
