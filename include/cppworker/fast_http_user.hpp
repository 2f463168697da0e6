#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <cppworker/detail/export.hpp>
#include <cppworker/http_session.hpp>
#include <cppworker/user.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

/// The initial settings of a FastHttpSession; see the members of FastHttpUser. The session's
/// constructor throws std::invalid_argument if a timeout is not above zero.
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

/// The client of a FastHttpUser, for use without one: `locust.contrib.fasthttp.FastHttpSession`. It
/// does not support HTTP/2, client certificates, or proxies and certificate checks that differ
/// between requests: these throw std::invalid_argument, whose text refers to HttpUser.
class CPPWORKER_EXPORT FastHttpSession : public HttpSession {
 public:
  /// Parameters as for HttpSession's constructor. Throws std::invalid_argument for bad settings.
  FastHttpSession(Environment& environment, std::string_view base_url, User* user = nullptr,
                  const FastHttpSettings& settings = {});
};

/// A user with the same client interface as HttpUser: `locust.FastHttpUser`. It supports only
/// HTTP/1.1 and uses a fraction of the CPU time. Request names and failures are those of Python's
/// FastHttpUser, which differ from HttpUser's: the default name is the URL as given, and status 404
/// is `LocustBadStatusCode(code=404)`.
///
/// To change a setting, declare a member with its name in your class.
class CPPWORKER_EXPORT FastHttpUser : public User {
 public:
  static constexpr Seconds network_timeout{60};     ///< for each wait for bytes of the response
  static constexpr Seconds connection_timeout{60};  ///< for connecting, including TLS
  static constexpr int max_redirects = 30;          ///< 0: redirects are not followed
  static constexpr bool insecure = true;            ///< true: TLS certificates are not checked
  /// Maximum number of connections per host, for a user with several requests in flight.
  static constexpr int concurrency = 10;
  static constexpr std::string_view proxy_host = {};  ///< "": no proxy
  static constexpr int proxy_port = 0;
  inline static const Headers default_headers{};  ///< sent with each request

  FastHttpUser();
  ~FastHttpUser() override;

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

  /// For the library: the settings in the attributes of the author's class.
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
