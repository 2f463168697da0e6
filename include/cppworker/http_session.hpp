#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/wait_time.hpp>

namespace cppworker {

class Environment;

using Headers = std::vector<std::pair<std::string, std::string>>;

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

/// Locust's keyword arguments of a request. Views must stay valid during the call only.
struct RequestOptions {
  std::string_view name{};  ///< groups requests under one row; default: path and query of the URL
  std::string_view data{};  ///< body, sent as it is
  std::string_view json{};  ///< body that is JSON text already; sets Content-Type: application/json
  Headers headers{};
  std::optional<Seconds>
      timeout{};  ///< connecting, and each wait for bytes of the answer; none: no limit
  std::optional<bool> allow_redirects{};  ///< default: true, but false for HEAD
};

/// Header lines of an answer. What it returns is valid as long as the object.
class CPPWORKER_EXPORT ResponseHeaders {
 public:
  ResponseHeaders() = default;
  /// @param lines "Name: value", each with its CRLF
  explicit ResponseHeaders(std::string lines) : lines_(std::move(lines)) {}

  /// The value of the first header of that name, whatever its case; "" if absent.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Names and values in the order received; a name may be there more than once.
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> items() const;

 private:
  std::string lines_;
};

/// The answer to a request, with requests.Response's names.
struct Response {
  int status_code = 0;        ///< 0: there was no answer, `error` says why
  std::string text{};         ///< the body, decoded from Content-Encoding
  ResponseHeaders headers{};  ///< of the last hop
  std::string url{};          ///< after redirects
  Milliseconds elapsed{};     ///< whole chain of redirects, body included
  std::string error{};        ///< of a connection that failed: the cause, as the statistics show it

  /// As in requests: no error and a status below 400.
  [[nodiscard]] bool ok() const { return status_code > 0 && status_code < 400; }
};

/// A response whose verdict is the author's: what Python's
/// `with client.get(..., catch_response=True) as response:` gives to its block.
struct CatchResponse : Response {
  explicit CatchResponse(Response response) : Response(std::move(response)) {}

  void success() { verdict_ = Verdict{}; }
  /// The statistics show it as Locust does: CatchResponseError('message').
  void failure(std::string message) { verdict_ = Verdict{std::move(message)}; }

  struct Verdict {
    std::optional<std::string> failure;  ///< none: success
  };
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  std::optional<Verdict> verdict_;
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
  /// Called with the response before it is reported; see CatchResponse.
  using Check = std::function<void(CatchResponse&)>;

  /// @param base_url e.g. "http://10.0.0.7:8080"; credentials in it become basic auth.
  HttpSession(Environment& environment, std::string_view base_url);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  /// With `check`, the request is reported when check returns: as it decided, or by the status. If
  /// it throws before a decision, nothing is reported and the exception goes on.
  Response request(std::string_view method, std::string_view url,
                   const RequestOptions& options = {}, const Check& check = {});

  Response get(std::string_view url, const RequestOptions& options = {}, const Check& check = {}) {
    return request("GET", url, options, check);
  }
  Response post(std::string_view url, const RequestOptions& options = {}, const Check& check = {}) {
    return request("POST", url, options, check);
  }
  Response put(std::string_view url, const RequestOptions& options = {}, const Check& check = {}) {
    return request("PUT", url, options, check);
  }
  Response patch(std::string_view url, const RequestOptions& options = {},
                 const Check& check = {}) {
    return request("PATCH", url, options, check);
  }
  /// `delete` is a keyword in C++.
  Response delete_(std::string_view url, const RequestOptions& options = {},
                   const Check& check = {}) {
    return request("DELETE", url, options, check);
  }
  Response head(std::string_view url, const RequestOptions& options = {}, const Check& check = {}) {
    return request("HEAD", url, options, check);
  }
  Response options(std::string_view url, const RequestOptions& options = {},
                   const Check& check = {}) {
    return request("OPTIONS", url, options, check);
  }

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with calls that are under way
};

}  // namespace cppworker
