#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cppworker/cookies.hpp>
#include <cppworker/detail/export.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/http_options.hpp>
#include <cppworker/http_response.hpp>

namespace cppworker {

class Environment;
class User;
namespace detail {
/// Defined by <cppworker/websocket.hpp>. So a locustfile without it may have its own WebSocket.
struct WebSocketTypes;
}  // namespace detail
namespace http {
class HttpClient;
}

/// A URL that can't be requested. As in Python, this does not count as a failed request: nothing is
/// reported, and the exception ends the task.
class CPPWORKER_EXPORT InvalidURL : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};
/// The host (or the URL) does not begin with http:// or https://.
class CPPWORKER_EXPORT MissingSchema : public InvalidURL {
 public:
  using InvalidURL::InvalidURL;
};
/// The scheme of the URL is neither http nor https.
class CPPWORKER_EXPORT InvalidSchema : public InvalidURL {
 public:
  using InvalidURL::InvalidURL;
};

/// An assertion in a check of rest() has failed; see require().
class CPPWORKER_EXPORT AssertionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Python's `assert condition, message` in a check of rest(). If the condition is false, it throws
/// AssertionError, and the request becomes a failure with that message. If the message ends with a
/// comma, the beginning of the body is appended.
inline void require(bool condition, const char* message = "") {
  if (!condition) {
    throw AssertionError(message);
  }
}
inline void require(bool condition, const std::string& message) {
  require(condition, message.c_str());
}

/// A function that is called with a response before the request is reported. It may mark the
/// request as a success or failure.
/// @tparam Caught CatchResponse, or RestResponse for rest()
template <class Caught>
class ResponseCheck : public std::function<void(Caught&)> {
 public:
  ResponseCheck() = default;
  ResponseCheck(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as std::function
  template <class Function>
  requires(!std::is_base_of_v<ResponseCheck, std::remove_cvref_t<Function>>)
      ResponseCheck(Function&& check)  // NOLINT(google-explicit-constructor): as std::function
      : std::function<void(Caught&)>(checked(std::forward<Function>(check))) {}

 private:
  template <class Function>
  static std::function<void(Caught&)> checked(Function&& check) {
    constexpr bool kTakesReference = std::is_invocable_v<std::decay_t<Function>&, Caught&>;
    static_assert(kTakesReference,
                  "the check of a request takes its response by reference: take CatchResponse& "
                  "response (or auto& response), for rest() RestResponse& response");
    if constexpr (kTakesReference) {
      return std::forward<Function>(check);
    } else {
      return {};  // one error is enough
    }
  }
};

/// The settings for all requests of a session. The options of a request override them.
struct SessionSettings {
  Headers headers{};           ///< replace default headers with the same name; others are added
  std::optional<Auth> auth{};  ///< initially the credentials in the host's URL
  Verify verify = true;
  Cert cert{};
  Proxies proxies{};
  HttpVersion http_version = HttpVersion::kHttp11;
  int max_redirects = 30;
  /// True: use the proxies and certificate authorities in the environment variables http_proxy,
  /// https_proxy, all_proxy, no_proxy, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.
  bool trust_env = false;
  /// The name of requests without a `name` option; "": the name that follows from the URL. See
  /// rename_request().
  std::string request_name{};
};

/// An HTTP client with its own cookies and connections, which reports every request: Locust's
/// HttpSession. Its calls suspend the user until the whole body of the response has arrived. They
/// throw:
/// - StopUser if the user is stopped meanwhile; the request is then aborted and not reported,
/// - InvalidURL,
/// - what `check` or a listener throws.
///
/// Every other error is a Response with status_code 0. A request that a destructor makes while
/// StopUser unwinds the stack also returns such a Response; it is neither sent nor reported.
///
/// A URL that does not start with http:// or https:// is appended to the host. Users and lifecycle
/// listeners may use a session on the shard on which it was created. Several coroutines may make
/// requests at the same time (see gather()): they share the session's attributes and connections.
class CPPWORKER_EXPORT HttpSession {
 public:
  using Check = ResponseCheck<CatchResponse>;
  using RestCheck = ResponseCheck<RestResponse>;
  // The default arguments. They save constructing an empty check for each call.
  inline static const Check kNoCheck{};
  inline static const RestCheck kNoRestCheck{};

  /// Ends the effect of rename_request() when it is destroyed.
  class CPPWORKER_EXPORT RequestNaming {
   public:
    explicit RequestNaming(std::string& request_name) : request_name_(request_name) {}
    ~RequestNaming() { request_name_.clear(); }
    RequestNaming(const RequestNaming&) = delete;
    RequestNaming& operator=(const RequestNaming&) = delete;

   private:
    std::string& request_name_;
  };

  /// @param base_url e.g. "http://10.0.0.7:8080"; credentials in it are used for basic auth.
  /// @param user its context() is passed to listeners; not owned, may be null
  HttpSession(Environment& environment, std::string_view base_url, User* user = nullptr);
  /// For the library: a session with another client.
  explicit HttpSession(std::unique_ptr<http::HttpClient> client);
  /// For the library: the client that makes the requests.
  [[nodiscard]] const std::shared_ptr<http::HttpClient>& http_client() const { return client_; }
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

 private:
  std::shared_ptr<http::HttpClient> client_;  // shared with calls in progress

 public:
  // The attributes of Python's session. You can change them at any time between requests.
  Cookies& cookies;
  Headers& headers;  ///< SessionSettings describes this and the following attributes
  std::optional<Auth>& auth;
  Verify& verify;
  Cert& cert;
  Proxies& proxies;
  HttpVersion& http_version;
  int& max_redirects;
  bool& trust_env;
  std::string& request_name;

  /// Sets the name of the session's requests until the returned object goes out of scope: Python's
  /// `with client.rename_request("/x"):`.
  [[nodiscard]] RequestNaming rename_request(std::string name) {
    request_name = std::move(name);
    return RequestNaming(request_name);
  }

  /// Makes a request. With `check`, the request is reported when check returns: as a success or
  /// failure as check has decided, or by its status if it has not decided. If check throws before
  /// it has decided, nothing is reported and the exception is rethrown.
  Response request(std::string_view method, std::string_view url,
                   const RequestOptions& options = kNoOptions, const Check& check = kNoCheck);

  /// For JSON services: requests JSON and parses the response into RestResponse::js. The request is
  /// a failure if the response is not JSON or if a std::exception leaves `check` (see require()).
  Response rest(std::string_view method, std::string_view url,
                const RequestOptions& options = kNoOptions, const RestCheck& check = kNoRestCheck);
  /// Like rest(), with a query parameter `_` that holds the current time, to bypass caches. The
  /// default name has "..." instead of the time.
  Response rest_(std::string_view method, std::string_view url,
                 const RequestOptions& options = kNoOptions, const RestCheck& check = kNoRestCheck);

  Response get(std::string_view url, const RequestOptions& options = kNoOptions,
               const Check& check = kNoCheck) {
    return request("GET", url, options, check);
  }
  Response post(std::string_view url, const RequestOptions& options = kNoOptions,
                const Check& check = kNoCheck) {
    return request("POST", url, options, check);
  }
  Response put(std::string_view url, const RequestOptions& options = kNoOptions,
               const Check& check = kNoCheck) {
    return request("PUT", url, options, check);
  }
  Response patch(std::string_view url, const RequestOptions& options = kNoOptions,
                 const Check& check = kNoCheck) {
    return request("PATCH", url, options, check);
  }
  /// Connects a WebSocket with the session's host, headers, cookies and TLS settings. Include
  /// <cppworker/websocket.hpp>, which describes WebSocket and WebSocketOptions.
  template <class Types = detail::WebSocketTypes>
  [[nodiscard]] auto websocket(std::string_view url, const typename Types::Options& options = {}) {
    return typename Types::Socket(*this, url, options);
  }

  /// `delete` is a keyword in C++.
  Response delete_(std::string_view url, const RequestOptions& options = kNoOptions,
                   const Check& check = kNoCheck) {
    return request("DELETE", url, options, check);
  }
  /// HttpUser's client follows redirects only with `.allow_redirects = true` here, as in requests.
  Response head(std::string_view url, const RequestOptions& options = kNoOptions,
                const Check& check = kNoCheck);
  Response options(std::string_view url, const RequestOptions& options = kNoOptions,
                   const Check& check = kNoCheck) {
    return request("OPTIONS", url, options, check);
  }
};

}  // namespace cppworker
