#pragma once

#include <string>

namespace cppworker::http {

/// The environment variables about HTTP, as requests and libcurl read them.
struct ProcessSettings {
  std::string ca_file;      ///< the certificates to trust; "": libcurl's own
  bool uses_proxy = false;  ///< libcurl looks up the proxy's name instead of the host's

  static ProcessSettings read();
};

}  // namespace cppworker::http
