#include "http/curl/curl_handles.hpp"

#include <new>

namespace cppworker::http {

void append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) {
    throw std::bad_alloc();
  }
  static_cast<void>(list.release());
  list.reset(longer);
}

CurlShare::~CurlShare() {
  if (share_ != nullptr) {
    curl_share_cleanup(share_);
  }
}

CURLSH* CurlShare::get(bool with_tls) {
  if (share_ == nullptr) {
    share_ = curl_share_init();
    if (share_ == nullptr ||
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK) {
      throw std::bad_alloc();
    }
  }
  if (with_tls && !keeps_tls_sessions_) {
    const CURLSHcode code = curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    if (code == CURLSHE_NOMEM) {
      throw std::bad_alloc();
    }
    keeps_tls_sessions_ = code == CURLSHE_OK;
  }
  return share_;
}

}  // namespace cppworker::http
