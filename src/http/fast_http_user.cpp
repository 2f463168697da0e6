#include <memory>

#include <cppworker/fast_http_user.hpp>

#include "http/fast/fast_client.hpp"

namespace cppworker {

FastHttpUser::FastHttpUser() = default;
FastHttpUser::~FastHttpUser() = default;

HttpSession& FastHttpUser::client() {
  if (client_ == nullptr) {
    if (base_host().empty()) {
      throw Error(
          "You must specify the base host. Either in the host attribute in the User class, or on "
          "the command line using the --host option.");
    }
    static const detail::FastHttpSettings kDefaults;
    const detail::FastHttpSettings& settings = settings_ == nullptr ? kDefaults : *settings_;
    client_ = std::make_unique<HttpSession>(
        environment(), base_host(), this,
        std::make_unique<http::fast::FastClient>(environment(), settings));
    client_->max_redirects = settings.max_redirects;
    client_->verify = !settings.insecure;
    if (settings.default_headers != nullptr) {
      client_->headers = *settings.default_headers;
    }
  }
  return *client_;
}

}  // namespace cppworker
