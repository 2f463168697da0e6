#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

namespace cppworker::http {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ParsedUrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;
using MultiHandle = std::unique_ptr<CURLM, MultiDeleter>;
using ParsedUrl = std::unique_ptr<CURLU, ParsedUrlDeleter>;
using HeaderList = std::unique_ptr<curl_slist, HeaderListDeleter>;

/// Appends a copy of `line`. Throws std::bad_alloc.
void append(HeaderList& list, const std::string& line);

/// The connections of one user and, after its first https URL, its TLS sessions. libcurl's share is
/// created on first use. For one thread, without locks; destroyed on the scheduler's own stack.
class CurlShare {
 public:
  CurlShare() = default;
  ~CurlShare();
  CurlShare(const CurlShare&) = delete;
  CurlShare& operator=(const CurlShare&) = delete;

  /// Throws std::bad_alloc. @param with_tls keep TLS sessions from now on
  [[nodiscard]] CURLSH* get(bool with_tls = false);
  /// Whether TLS sessions are kept. This can't change while a request of the user is in progress.
  [[nodiscard]] bool keeps_tls_sessions() const { return keeps_tls_sessions_; }

  /// Whether the user has ever opened a connection, so that there may be one to reuse.
  [[nodiscard]] bool has_connected() const { return has_connected_; }
  void note_connection() { has_connected_ = true; }

 private:
  CURLSH* share_ = nullptr;
  bool keeps_tls_sessions_ = false;
  bool has_connected_ = false;
};

}  // namespace cppworker::http
