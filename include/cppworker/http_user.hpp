#pragma once

#include <memory>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

/// A user with an HTTP client, like `locust.HttpUser`: cookies and connections are its own.
class CPPWORKER_EXPORT HttpUser : public User {
 public:
  HttpUser();
  ~HttpUser() override;

  /// Made on first use. Throws Error when neither the master nor the class names a host.
  [[nodiscard]] HttpSession& client();

  /// Locust's rest() and rest_() of its users; see HttpSession.
  Response rest(std::string_view method, std::string_view url,
                const RequestOptions& options = kNoOptions,
                const HttpSession::RestCheck& check = HttpSession::kNoRestCheck) {
    return client().rest(method, url, options, check);
  }
  Response rest_(std::string_view method, std::string_view url,
                 const RequestOptions& options = kNoOptions,
                 const HttpSession::RestCheck& check = HttpSession::kNoRestCheck) {
    return client().rest_(method, url, options, check);
  }

 private:
  std::unique_ptr<HttpSession> client_;
};

}  // namespace cppworker
