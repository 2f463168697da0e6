#pragma once

#include <string>

namespace cppworker::http {

/// What the process's environment variables say about HTTP, as requests and libcurl read them.
struct ProcessSettings {
  std::string ca_file;      ///< the certificates to trust; "": libcurl's own
  bool uses_proxy = false;  ///< libcurl then looks up the proxy's name instead of the host's

  static ProcessSettings read();
};

}  // namespace cppworker::http
