#include <algorithm>

#include <cppworker/cookies.hpp>

namespace cppworker {

std::string_view Cookies::get(std::string_view name) const {
  for (const Cookie& cookie : cookies_) {
    if (cookie.name == name) {
      return cookie.value ? std::string_view(*cookie.value) : std::string_view();
    }
  }
  return {};
}

bool Cookies::contains(std::string_view name) const {
  return std::ranges::any_of(cookies_,
                             [name](const Cookie& cookie) { return cookie.name == name; });
}

void Cookies::set(std::string_view name, std::string_view value, std::string_view domain,
                  std::string_view path) {
  set(Cookie{.name = std::string(name),
             .value = std::string(value),
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
  cookies_.push_back(std::move(cookie));
}

void Cookies::erase(std::string_view name, std::string_view domain, std::string_view path) {
  std::erase_if(cookies_, [&](const Cookie& cookie) {
    return cookie.name == name && cookie.domain == domain && cookie.path == path;
  });
}

}  // namespace cppworker
