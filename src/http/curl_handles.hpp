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
struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;
using MultiHandle = std::unique_ptr<CURLM, MultiDeleter>;
using HeaderList = std::unique_ptr<curl_slist, HeaderListDeleter>;

/// Appends a copy of `line`. Throws std::bad_alloc.
void append(HeaderList& list, const std::string& line);

/// What is one user's own, like a browser's profile: TLS sessions and connections. libcurl's
/// part is made on first use. One thread's, without locks; destroyed on the scheduler's own stack.
class CurlShare {
 public:
  CurlShare() = default;
  ~CurlShare();
  CurlShare(const CurlShare&) = delete;
  CurlShare& operator=(const CurlShare&) = delete;

  /// Throws std::bad_alloc.
  [[nodiscard]] CURLSH* get();

 private:
  CURLSH* share_ = nullptr;
};

}  // namespace cppworker::http
