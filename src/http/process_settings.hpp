#pragma once

#include <string>

namespace cppworker::http {

/// The environment variables about HTTP, as requests and libcurl read them, and our own.
struct ProcessSettings {
  std::string ca_file;      ///< REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE; "": the system's authorities
  bool uses_proxy = false;  ///< there is a proxy: libcurl looks up its name instead of the host's
  /// CPPWORKER_HTTP_ENGINE=curl: libcurl performs all exchanges of HttpUser, for tests and for
  /// finding bugs. With "own" or without the variable, only those that our connections can't
  /// perform.
  bool forces_curl = false;

  /// Throws Error (an unknown engine).
  static ProcessSettings read();
};

}  // namespace cppworker::http
