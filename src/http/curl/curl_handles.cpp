#include "http/curl/curl_handles.hpp"

#include <new>

#include "coro/loop_stack.hpp"

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
    coro::on_loop_stack([this] { curl_share_cleanup(share_); });
  }
}

CURLSH* CurlShare::get() {
  if (share_ == nullptr) {
    share_ = curl_share_init();
    if (share_ == nullptr ||
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK ||
        curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_NOMEM) {
      throw std::bad_alloc();
    }
  }
  return share_;
}

void CurlShare::note_opened(Socket socket) {
  has_connected_ = true;
  sockets_.push_back(socket);
}

}  // namespace cppworker::http
