#include <cppworker/http_user.hpp>

namespace cppworker {

HttpUser::HttpUser() = default;
HttpUser::~HttpUser() = default;

HttpSession& HttpUser::client() {
  if (client_ == nullptr) {
    if (base_host().empty()) {
      throw Error(
          "You must specify the base host. Either in the host attribute in the User class, or on "
          "the command line using the --host option.");
    }
    client_ = std::make_unique<HttpSession>(environment(), base_host(), this);
  }
  return *client_;
}

}  // namespace cppworker
