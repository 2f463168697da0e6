#pragma once

#include <curl/curl.h>

#include "http/curl/curl_handles.hpp"
#include "http/exchange.hpp"
#include "http/process_settings.hpp"

namespace cppworker::http {

/// A libcurl easy handle for one request. On the scheduler's own stack.
class CurlEasy {
 public:
  /// Sets everything but the callbacks. Throws std::bad_alloc.
  /// @param request,share outlive it
  /// @param resolve_list the host names that the request makes known to libcurl
  CurlEasy(const Exchange::Request& request, CurlShare& share, const ProcessSettings& settings,
           HeaderList resolve_list);
  CurlEasy(const CurlEasy&) = delete;
  CurlEasy& operator=(const CurlEasy&) = delete;

  [[nodiscard]] CURL* get() const { return easy_.get(); }

 private:
  void set_url(const Url& url);
  void set_method(const Exchange::Request& request);
  void set_transport(const Transport& transport, const ProcessSettings& settings);
  void set_authorities(const Verify& verify);

  HeaderList header_list_;
  HeaderList resolve_list_;
  EasyHandle easy_;  // the handle refers to the lists
};

}  // namespace cppworker::http
