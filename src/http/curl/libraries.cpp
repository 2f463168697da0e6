#include "http/curl/libraries.hpp"

#include <string>

#include <curl/curl.h>

#include <cppworker/exception.hpp>

namespace cppworker::http {

void initialise_libraries() {
  if (const CURLcode code = curl_global_init(CURL_GLOBAL_ALL); code != CURLE_OK) {
    throw Error(std::string("Can't initialise libcurl: ") + curl_easy_strerror(code));
  }
}

}  // namespace cppworker::http
