#include "http/http_client.hpp"

#include <cppworker/exception.hpp>

namespace cppworker::http {

void require_host(const User& user) {
  if (user.base_host().empty()) {
    throw Error(
        "You must specify the base host. Either in the host attribute in the User class, or on the "
        "command line using the --host option.");
  }
}

}  // namespace cppworker::http
