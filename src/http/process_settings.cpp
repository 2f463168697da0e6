#include "http/process_settings.hpp"

#include <cstdlib>
#include <initializer_list>

#include <cppworker/exception.hpp>

namespace cppworker::http {

namespace {

/// The first of the variables that is set to something.
std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody writes it
    if (value != nullptr && *value != '\0') {
      return value;
    }
  }
  return {};
}

}  // namespace

ProcessSettings ProcessSettings::read() {
  const std::string engine = first_set({"CPPWORKER_HTTP_ENGINE"});
  if (!engine.empty() && engine != "own" && engine != "curl") {
    throw Error("CPPWORKER_HTTP_ENGINE is '" + engine + "'. Set it to own or curl, or unset it.");
  }
  return {.ca_file = first_set({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}),
          .uses_proxy =
              !first_set({"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                   .empty(),
          .forces_curl = engine == "curl"};
}

}  // namespace cppworker::http
