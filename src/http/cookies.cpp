#include <algorithm>

#include <cppworker/cookies.hpp>

#include "http/cookie_rules.hpp"
#include "text/python_repr.hpp"

namespace cppworker {

/// As in requests, a cookie without a value counts as absent.
const std::string* Cookies::find(std::string_view name) const {
  const std::string* found = nullptr;
  for (const Cookie& cookie : cookies_) {
    if (cookie.name != name || !cookie.value) continue;
    if (found != nullptr) {
      throw CookieConflictError("There are multiple cookies with name, " + text::python_repr(name));
    }
    found = &*cookie.value;
  }
  return found;
}

std::string Cookies::operator[](std::string_view name) const {
  if (const std::string* value = find(name)) return *value;
  throw KeyError(text::python_repr("name=" + text::python_repr(name) + ", domain=None, path=None"));
}

std::string Cookies::get(std::string_view name, std::string_view default_value) const {
  const std::string* value = find(name);
  return value != nullptr ? *value : std::string(default_value);
}

bool Cookies::contains(std::string_view name) const {
  return std::ranges::any_of(cookies_,
                             [name](const Cookie& cookie) { return cookie.name == name; });
}

void Cookies::set(std::string_view name, std::string_view value, std::string_view domain,
                  std::string_view path) {
  set(Cookie{.name = std::string(name),
             .value = http::without_escaped_quotes(value),
             .domain = std::string(domain),
             .path = std::string(path)});
}

void Cookies::set(Cookie cookie) {
  for (Cookie& present : cookies_) {
    if (present.name == cookie.name && present.domain == cookie.domain &&
        present.path == cookie.path) {
      present = std::move(cookie);
      return;
    }
  }
  const auto last_with = [&](auto same) {
    return std::find_if(cookies_.rbegin(), cookies_.rend(), same);
  };
  auto before = last_with([&](const Cookie& present) {
    return present.domain == cookie.domain && present.path == cookie.path;
  });
  if (before == cookies_.rend()) {
    before = last_with([&](const Cookie& present) { return present.domain == cookie.domain; });
  }
  cookies_.insert(before == cookies_.rend() ? cookies_.end() : before.base(), std::move(cookie));
}

void Cookies::erase(std::string_view name, std::string_view domain, std::string_view path) {
  std::erase_if(cookies_, [&](const Cookie& cookie) {
    return cookie.name == name && cookie.domain == domain && cookie.path == path;
  });
}

}  // namespace cppworker
