#include <cppworker/http_user.hpp>

#include "http/http_client.hpp"

namespace cppworker {

HttpUser::HttpUser() = default;
HttpUser::~HttpUser() = default;

HttpSession& HttpUser::client() {
  if (client_ == nullptr) {
    http::require_host(*this);
    client_ = std::make_unique<HttpSession>(environment(), base_host(), this);
  }
  return *client_;
}

}  // namespace cppworker
