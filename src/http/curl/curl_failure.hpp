#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

#include "http/url/url.hpp"

namespace cppworker::http {

/// What libcurl knows about a transfer that failed.
struct CurlFailure {
  const Url& url;
  CURLcode code = CURLE_OK;
  int os_error = 0;                    ///< errno, if the operating system was the reason
  long verify_result = 0;              ///< OpenSSL's X509_V_ERR_…
  std::string_view message{};          ///< of CURLOPT_ERRORBUFFER
  std::string_view bad_status_line{};  ///< what came instead of an answer, up to its line end
  std::string_view content_encoding{};
  bool head_complete = false;     ///< the headers of an answer had arrived
  curl_off_t body_received = 0;   ///< bytes on the wire, still encoded
  curl_off_t body_expected = -1;  ///< Content-Length; -1: unknown
};

/// The text that Python's HttpUser would show for it, as far as libcurl tells.
[[nodiscard]] std::string describe(const CurlFailure& failure);

}  // namespace cppworker::http
