#pragma once

#include <cstdint>
#include <string>

#include <curl/curl.h>

#include "http/curl/curl_handles.hpp"
#include "http/exchange.hpp"
#include "http/process_settings.hpp"

namespace cppworker::http {

/// A libcurl easy handle that remembers the options of its last request, which may have been
/// another user's, and sets only those that differ. On the scheduler's own stack.
class CurlEasy {
 public:
  /// @param settings outlives it
  explicit CurlEasy(const ProcessSettings& settings) : settings_(settings) {}
  CurlEasy(const CurlEasy&) = delete;
  CurlEasy& operator=(const CurlEasy&) = delete;

  /// Null before prepare() and after free().
  [[nodiscard]] CURL* get() const { return easy_.get(); }
  /// Makes sure that there is a handle that fits the request and its share. True if it is a new one
  /// without callbacks. Throws std::bad_alloc.
  [[nodiscard]] bool prepare(const ExchangeRequest& request, CurlShare& share);
  /// Sets the request. Throws std::bad_alloc. @pre prepare()
  void set_up(const ExchangeRequest& request, CurlShare& share);
  /// @pre get() != nullptr
  void leave_share();
  void free();

  /// The host names that the next request makes known to libcurl.
  [[nodiscard]] HeaderList& resolve_list() { return resolve_list_; }
  /// The rest of the response keeps its content encoding.
  void stop_decoding();

 private:
  void create();
  void set_url(const Url& url);
  void set_headers(const ExchangeRequest& request);
  void set_method(const ExchangeRequest& request);
  void set_transport(const Transport& transport);
  void set_authorities(const Verify& verify);
  void set_name_cache(const Transport& transport);

  const ProcessSettings& settings_;
  EasyHandle easy_;
  ParsedUrl parsed_url_;
  HeaderList header_list_;
  HeaderList resolve_list_;
  bool keeps_tls_sessions_ = false;
  std::string default_ca_file_;

  // The options of the last request.
  std::string set_url_;
  std::string set_header_lines_;
  Transport set_transport_;
  bool set_has_body_ = false;
  bool set_proxied_ = false;
  std::string set_host_;
  std::uint16_t set_port_ = 0;
  bool set_https_ = false;
  bool set_decodes_ = true;
};

}  // namespace cppworker::http
