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
namespace http {
class HttpClient;
}

/// A URL that can't be requested. As in Python this is no failed request: nothing is reported and
/// the exception ends the task.
class CPPWORKER_EXPORT InvalidURL : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};
/// The host (or the URL) doesn't begin with http:// or https://.
class CPPWORKER_EXPORT MissingSchema : public InvalidURL {
 public:
  using InvalidURL::InvalidURL;
};
/// Neither http nor https.
class CPPWORKER_EXPORT InvalidSchema : public InvalidURL {
 public:
  using InvalidURL::InvalidURL;
};

/// An assertion of a rest() function that did not hold: see require().
class CPPWORKER_EXPORT AssertionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Python's `assert condition, message` in a rest() function: the request becomes a failure with
/// that message. One that ends with a comma has the beginning of the body appended.
inline void require(bool condition, const char* message = "") {
  if (!condition) {
    throw AssertionError(message);
  }
}
inline void require(bool condition, const std::string& message) {
  require(condition, message.c_str());
}

/// A function that is called with a response before it is reported, and may judge it.
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

/// What holds for all requests of a session; an option of a request wins over it.
struct SessionSettings {
  Headers headers{};           ///< replace the defaults of that name, else are added
  std::optional<Auth> auth{};  ///< at first: the credentials in the host's URL
  Verify verify = true;
  Cert cert{};
  Proxies proxies{};
  HttpVersion http_version = HttpVersion::kHttp11;
  int max_redirects = 30;
  /// Whether the proxies and certificate authorities that environment variables name count
  /// (http_proxy, https_proxy, all_proxy, no_proxy; REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE).
  bool trust_env = false;
  /// Name of all requests that are given none; "": each one's own. See rename_request().
  std::string request_name{};
};

/// HTTP with cookies and connections of its own, reporting every request: Locust's HttpSession. Its
/// calls suspend the user until the answer's body is complete. They throw StopUser when the user is
/// stopped meanwhile (the request is then cut off and not reported), InvalidURL, and what `check`
/// or a listener throws. Whatever else goes wrong is a Response with status_code 0. So is a request
/// in a destructor while StopUser unwinds the stack; it isn't made or reported.
///
/// A URL that doesn't start with http:// or https:// is appended to the host. For users and
/// lifecycle listeners, one at a time; the session belongs to the shard it was made on.
class CPPWORKER_EXPORT HttpSession {
 public:
  using Check = ResponseCheck<CatchResponse>;
  using RestCheck = ResponseCheck<RestResponse>;
  // Of calls that are given none: making one for each would cost them time.
  inline static const Check kNoCheck{};
  inline static const RestCheck kNoRestCheck{};

  /// Ends the naming of requests by rename_request().
  class CPPWORKER_EXPORT RequestNaming {
   public:
    explicit RequestNaming(std::string& request_name) : request_name_(request_name) {}
    ~RequestNaming() { request_name_.clear(); }
    RequestNaming(const RequestNaming&) = delete;
    RequestNaming& operator=(const RequestNaming&) = delete;

   private:
    std::string& request_name_;
  };

  /// @param base_url e.g. "http://10.0.0.7:8080"; credentials in it become basic auth.
  /// @param user whose context() goes to listeners; not owned, may be null
  HttpSession(Environment& environment, std::string_view base_url, User* user = nullptr);
  /// For clients of another kind.
  HttpSession(Environment& environment, std::string_view base_url, User* user,
              std::unique_ptr<http::HttpClient> client);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with calls that are under way

 public:
  // Python's attributes of the session; change them at any time between requests.
  Cookies& cookies;
  Headers& headers;  ///< see SessionSettings, also for those that follow
  std::optional<Auth>& auth;
  Verify& verify;
  Cert& cert;
  Proxies& proxies;
  HttpVersion& http_version;
  int& max_redirects;
  bool& trust_env;
  std::string& request_name;

  /// Names the requests until the returned object goes out of scope: Python's
  /// `with client.rename_request("/x"):`.
  [[nodiscard]] RequestNaming rename_request(std::string name) {
    request_name = std::move(name);
    return RequestNaming(request_name);
  }

  /// With `check`, the request is reported when check returns: as it decided, or by the status. If
  /// it throws before a decision, nothing is reported and the exception goes on.
  Response request(std::string_view method, std::string_view url,
                   const RequestOptions& options = kNoOptions, const Check& check = kNoCheck);

  /// For JSON services: asks for JSON, parses the answer into RestResponse::js, and makes a failure
  /// of an answer that isn't JSON and of every std::exception that leaves `check` (see require()).
  Response rest(std::string_view method, std::string_view url,
                const RequestOptions& options = kNoOptions, const RestCheck& check = kNoRestCheck);
  /// The same with a query parameter `_` that is the present time, against caches; the default name
  /// has "..." in its place.
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
  /// `delete` is a keyword in C++.
  Response delete_(std::string_view url, const RequestOptions& options = kNoOptions,
                   const Check& check = kNoCheck) {
    return request("DELETE", url, options, check);
  }
  /// HttpUser's client follows no redirect here unless it is told to, as in requests.
  Response head(std::string_view url, const RequestOptions& options = kNoOptions,
                const Check& check = kNoCheck);
  Response options(std::string_view url, const RequestOptions& options = kNoOptions,
                   const Check& check = kNoCheck) {
    return request("OPTIONS", url, options, check);
  }
};

}  // namespace cppworker
