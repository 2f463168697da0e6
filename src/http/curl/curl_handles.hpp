#pragma once

#include <memory>
#include <string>
#include <vector>

#include <curl/curl.h>
#include <sys/types.h>

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

/// The connections and the TLS sessions of one user. libcurl's share is created on first use. For
/// one thread, without locks.
class CurlShare {
 public:
  CurlShare() = default;
  /// Closes the connections, on the scheduler's own stack.
  ~CurlShare();
  CurlShare(const CurlShare&) = delete;
  CurlShare& operator=(const CurlShare&) = delete;

  /// Throws std::bad_alloc.
  [[nodiscard]] CURLSH* get();

  /// A socket of the user. libcurl may have closed it: then the fd is closed, or is another file.
  struct Socket {
    int fd;
    ino_t inode;
  };
  [[nodiscard]] std::vector<Socket>& sockets() { return sockets_; }
  /// Whether the user has ever opened a connection, so that there may be one to reuse.
  [[nodiscard]] bool has_connected() const { return has_connected_; }
  /// Throws std::bad_alloc.
  void note_opened(Socket socket);

 private:
  CURLSH* share_ = nullptr;
  std::vector<Socket> sockets_;
  bool has_connected_ = false;
};

}  // namespace cppworker::http
