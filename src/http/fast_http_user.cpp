#include <memory>

#include <cppworker/fast_http_user.hpp>

#include "http/fast/fast_client.hpp"
#include "user/life/user_class_state.hpp"
#include "user/life/user_run.hpp"

namespace cppworker {

FastHttpSession::FastHttpSession(Environment& environment, std::string_view base_url, User* user,
                                 const FastHttpSettings& settings)
    : HttpSession(std::make_unique<http::fast::FastClient>(environment, base_url, user, settings)) {
  max_redirects = settings.max_redirects;
  verify = !settings.insecure;
  headers = settings.default_headers;
}

FastHttpUser::FastHttpUser() = default;
FastHttpUser::~FastHttpUser() = default;

HttpSession& FastHttpUser::client() {
  if (client_ == nullptr) {
    http::require_host(*this);
    const detail::UserClass& user_class = *detail::UserRun::of(*this).class_state().user_class;
    client_ = std::make_unique<FastHttpSession>(environment(), base_host(), this,
                                                user_class.fast_http_settings());
  }
  return *client_;
}

}  // namespace cppworker
