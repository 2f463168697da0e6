#include "http/curl_handles.hpp"

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

CURLSH* CurlShare::get() {
  if (share_ == nullptr) {
    share_ = curl_share_init();
    if (share_ == nullptr) {
      throw std::bad_alloc();
    }
    for (const curl_lock_data data : {CURL_LOCK_DATA_SSL_SESSION, CURL_LOCK_DATA_CONNECT}) {
      if (curl_share_setopt(share_, CURLSHOPT_SHARE, data) != CURLSHE_OK) {
        throw std::bad_alloc();
      }
    }
  }
  return share_;
}

}  // namespace cppworker::http
