#include "http/libraries.hpp"

#include <string>

#include <curl/curl.h>
#include <dlfcn.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

namespace cppworker::http {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kWatched = true;  // sanitizers watch the C library's memory
#else
constexpr bool kWatched = false;
#endif

/// libcurl makes and frees some 45 pieces of memory for a request: with mimalloc's a request costs
/// 5 to 25 % less CPU time. For libcurl alone, hence not linked: the library brings an operator new
/// for the whole process, and that ends it where there is no memory, instead of throwing.
class Mimalloc {
 public:
  Mimalloc() : library_(dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) {}

  [[nodiscard]] bool is_there() const { return library_ != nullptr; }

  CURLcode initialise_curl() const {
    return curl_global_init_mem(
        CURL_GLOBAL_ALL, function<curl_malloc_callback>("mi_malloc"),
        function<curl_free_callback>("mi_free"), function<curl_realloc_callback>("mi_realloc"),
        function<curl_strdup_callback>("mi_strdup"), function<curl_calloc_callback>("mi_calloc"));
  }

 private:
  template <class Function>
  [[nodiscard]] Function function(const char* name) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): dlsym's only way
    return reinterpret_cast<Function>(dlsym(library_, name));
  }

  void* library_;
};

CURLcode initialise_curl() {
  if constexpr (!kWatched) {
    const Mimalloc mimalloc;
    if (mimalloc.is_there()) {
      return mimalloc.initialise_curl();
    }
    spdlog::debug("libmimalloc.so.2 is not installed: libcurl uses the C library's memory.");
  }
  return curl_global_init(CURL_GLOBAL_ALL);
}

}  // namespace

void initialise_libraries() {
  if (const CURLcode code = initialise_curl(); code != CURLE_OK) {
    throw Error(std::string("libcurl can't start: ") + curl_easy_strerror(code));
  }
}

}  // namespace cppworker::http
