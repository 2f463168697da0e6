#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>

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

/// The cookies of one session, kept and sent by the rules of Python's http.cookiejar: what
/// `self.client.cookies` is in a locustfile. Belongs to its user.
class CPPWORKER_EXPORT Cookies {
 public:
  /// The value of the first cookie of that name; "" if there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const;
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

  [[nodiscard]] const std::vector<Cookie>& items() const { return cookies_; }
  [[nodiscard]] bool empty() const { return cookies_.empty(); }

 private:
  std::vector<Cookie> cookies_;
};

}  // namespace cppworker
