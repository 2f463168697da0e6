#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// What a FastHttpSession is told at first; see the members of FastHttpUser. A timeout that is not
/// above zero throws std::invalid_argument from the session's constructor.
struct FastHttpSettings {
  Seconds network_timeout{60};
  Seconds connection_timeout{60};
  int max_redirects = 30;
  bool insecure = true;
  int concurrency = 10;
  std::string proxy_host{};  ///< "": none
  int proxy_port = 0;
  Headers default_headers{};
};

/// The client of a FastHttpUser, to be had apart: `locust.contrib.fasthttp.FastHttpSession`. What
/// it can't do (HTTP/2, client certificates, options that differ between requests) throws
/// std::invalid_argument with a text that names HttpUser.
class CPPWORKER_EXPORT FastHttpSession : public HttpSession {
 public:
  /// Parameters as HttpSession's.
  FastHttpSession(Environment& environment, std::string_view base_url, User* user = nullptr,
                  const FastHttpSettings& settings = {});
};

/// A user with the same client as HttpUser, but HTTP/1.1 only and at a fraction of its CPU time:
/// `locust.FastHttpUser`. Rows and failures are called as Python's, which differs from HttpUser's:
/// the default name is the URL as given, a status of 404 is `LocustBadStatusCode(code=404)`.
///
/// Declare members of these names in your class for other settings.
class CPPWORKER_EXPORT FastHttpUser : public User {
 public:
  static constexpr Seconds network_timeout{60};     ///< for each wait for bytes of the answer
  static constexpr Seconds connection_timeout{60};  ///< for connecting, TLS included
  static constexpr int max_redirects = 30;          ///< 0: redirects are answers as others
  static constexpr bool insecure = true;            ///< TLS certificates are not checked
  static constexpr int concurrency = 10;  ///< connections per host, if a user has several requests
                                          ///< under way
  static constexpr std::string_view proxy_host = {};
  static constexpr int proxy_port = 0;
  inline static const Headers default_headers{};  ///< sent with each request

  FastHttpUser();
  ~FastHttpUser() override;

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

  /// For the library: the attributes of the author's class.
  template <class U>
  static const FastHttpSettings& class_settings() {
    static const FastHttpSettings settings{.network_timeout = U::network_timeout,
                                           .connection_timeout = U::connection_timeout,
                                           .max_redirects = U::max_redirects,
                                           .insecure = U::insecure,
                                           .concurrency = U::concurrency,
                                           .proxy_host = std::string(U::proxy_host),
                                           .proxy_port = U::proxy_port,
                                           .default_headers = U::default_headers};
    return settings;
  }

 private:
  std::unique_ptr<FastHttpSession> client_;
};

}  // namespace cppworker
