#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

/// One cookie, with the names of Python's http.cookiejar.
struct Cookie {
  std::string name{};
  std::optional<std::string> value{};  ///< none: the server sent a name alone
  std::string domain{};                ///< "": sent to every host
  std::string path{};
  std::optional<double> expires{};  ///< Unix seconds; none: with the session
  bool secure = false;              ///< only over https
};

/// Several cookies have the name that was asked for, for several domains or paths; named and worded
/// as in requests.
class CPPWORKER_EXPORT CookieConflictError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The cookies of one session, kept and sent by the rules of Python's http.cookiejar: what
/// `self.client.cookies` is in a locustfile. Belongs to its user.
class CPPWORKER_EXPORT Cookies {
 public:
  /// The value of the cookie of that name: `response.cookies()["csrftoken"]`. As in requests it
  /// throws KeyError when there is none, CookieConflictError when there are several (see items()).
  [[nodiscard]] std::string operator[](std::string_view name) const;
  /// The same, but `default_value` when there is none.
  [[nodiscard]] std::string get(std::string_view name, std::string_view default_value) const;
  std::string get(std::string_view name) const = delete;  // use cookies["x"] or get("x", "default")
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Adds or replaces a cookie. Without a domain it is sent to every host.
  void set(std::string_view name, std::string_view value, std::string_view domain = {},
           std::string_view path = "/");
  /// The same for a cookie with all its facts; its place is that of an earlier one with its domain,
  /// path and name.
  void set(Cookie cookie);
  /// Drops the cookie of exactly that domain, path and name.
  void erase(std::string_view name, std::string_view domain, std::string_view path);
  void clear() { cookies_.clear(); }

  [[nodiscard]] const std::vector<Cookie>& items() const& { return cookies_; }
  [[nodiscard]] std::vector<Cookie> items() && { return std::move(cookies_); }
  [[nodiscard]] bool empty() const { return cookies_.empty(); }

 private:
  [[nodiscard]] const std::string* find(std::string_view name) const;

  std::vector<Cookie> cookies_;
};

}  // namespace cppworker
