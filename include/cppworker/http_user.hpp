#pragma once

#include <memory>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>

namespace cppworker {

/// A user with an HTTP client, like `locust.HttpUser`. Each user has its own cookies and
/// connections.
class CPPWORKER_EXPORT HttpUser : public User {
 public:
  HttpUser();
  ~HttpUser() override;

  /// The user's client, created on first use and owned by the user. Throws Error if neither the
  /// master nor the class has a host.
  [[nodiscard]] HttpSession& client();

  /// rest() and rest_() of Locust's users; see HttpSession.
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
