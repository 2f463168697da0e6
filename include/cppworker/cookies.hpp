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
  std::optional<std::string> value{};  ///< none: the server sent only a name
  std::string domain{};                ///< "": sent to every host
  std::string path{};
  std::optional<double> expires{};    ///< Unix seconds; none: at the end of the session
  bool secure = false;                ///< true: sent only over https
  std::optional<std::string> port{};  ///< sent only to these ports, "80,8080"; none: to all
};

/// A lookup by name found several cookies, with different domains or paths. The name and the text
/// are those of Python's requests.
class CPPWORKER_EXPORT CookieConflictError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The cookies of one session, like `self.client.cookies` in Python. They are stored and sent by
/// the rules of Python's http.cookiejar. Owned by the session; only its user may use it. No call
/// suspends.
class CPPWORKER_EXPORT Cookies {
 public:
  /// The value of the cookie with that name: `response.cookies()["csrftoken"]`. As in requests,
  /// throws KeyError if there is none and CookieConflictError if there are several (see items()).
  [[nodiscard]] std::string operator[](std::string_view name) const;
  /// Like operator[], but returns `default_value` if there is none.
  [[nodiscard]] std::string get(std::string_view name, std::string_view default_value) const;
  std::string get(std::string_view name) const = delete;  // use cookies["x"] or get("x", "default")
  [[nodiscard]] bool contains(std::string_view name) const;
  /// Adds or replaces a cookie. A cookie without a domain is sent to every host. As in requests,
  /// each \" of a value in quotes is removed.
  void set(std::string_view name, std::string_view value, std::string_view domain = {},
           std::string_view path = "/");
  /// Adds a cookie. It replaces one that has the same domain, path and name.
  void set(Cookie cookie);
  /// Removes the cookie that has exactly this domain, path and name.
  void erase(std::string_view name, std::string_view domain, std::string_view path);
  void clear() { cookies_.clear(); }

  /// All cookies, in the order of Python's jar: those of a domain together, those of a path
  /// together.
  [[nodiscard]] const std::vector<Cookie>& items() const& { return cookies_; }
  [[nodiscard]] std::vector<Cookie> items() && { return std::move(cookies_); }
  [[nodiscard]] bool empty() const { return cookies_.empty(); }

 private:
  [[nodiscard]] const std::string* find(std::string_view name) const;

  std::vector<Cookie> cookies_;
};

}  // namespace cppworker
