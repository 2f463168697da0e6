#pragma once

#include <memory>

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

 private:
  std::unique_ptr<HttpSession> client_;
};

}  // namespace cppworker
