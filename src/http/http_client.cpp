#include "http/http_client.hpp"

#include <cppworker/exception.hpp>

namespace cppworker::http {

HttpClient::HttpClient(Environment& environment_, std::string_view base_url, User* user_)
    : environment(environment_), user(user_), base(BaseUrl::shared(base_url)) {
  settings.auth = base->credentials();
}

void require_host(const User& user) {
  if (user.base_host().empty()) {
    throw Error(
        "You must specify the base host. Either in the host attribute in the User class, or on the "
        "command line using the --host option.");
  }
}

}  // namespace cppworker::http
