#include "http/cookie_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "http/header_lines.hpp"
#include "text/ascii_case.hpp"

namespace cppworker::http {

namespace {

/// Removes the part before the next ';' from `text` and returns it.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  const std::string_view part = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::pair<std::string_view, std::optional<std::string_view>> split_attribute(
    std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) {
    return {trim(part), std::nullopt};
  }
  return {trim(part.substr(0, equals)), trim(part.substr(equals + 1))};
}

std::string_view without_quotes(std::string_view text) {
  if (text.starts_with('"')) {
    text.remove_prefix(1);
  }
  if (text.ends_with('"')) {
    text.remove_suffix(1);
  }
  return text;
}

/// The path of the URL, without its query; at least "/".
std::string_view request_path(const Url& url) {
  const std::string_view path_url = url.path_url();
  const std::string_view path = path_url.substr(0, path_url.find('?'));
  return path.starts_with('/') ? path : std::string_view("/");
}

/// Names without a dot get one: http.cookiejar's "effective" host.
std::string effective_host(const Url& url) {
  std::string host(url.host());
  return host.find('.') == std::string::npos && !url.host_is_address() ? host + ".local" : host;
}

std::string default_path(const Url& url) {
  const std::string_view path = request_path(url);
  const std::string_view folder = path.substr(0, path.rfind('/'));
  return folder.empty() ? "/" : std::string(folder);
}

/// Parses one Set-Cookie header; none: the cookie is rejected.
struct SetCookie {
  Cookie cookie;
  bool has_domain = false;
};

std::optional<SetCookie> parse(std::string_view header, double now) {
  SetCookie result;
  Cookie& cookie = result.cookie;
  const auto [name, value] = split_attribute(take_part(header));
  if (name.empty()) {
    return std::nullopt;
  }
  cookie.name = name;
  if (value) {
    cookie.value = *value;
  }
  bool has_max_age = false;
  while (!header.empty()) {
    const auto [key, given] = split_attribute(take_part(header));
    if (equal_ignoring_case(key, "secure")) {
      cookie.secure = true;
    } else if (equal_ignoring_case(key, "domain")) {
      if (!given) {
        return std::nullopt;
      }
      cookie.domain = text::to_lower(*given);
      result.has_domain = true;
    } else if (equal_ignoring_case(key, "path")) {
      if (!given) {
        return std::nullopt;
      }
      cookie.path = *given;
    } else if (equal_ignoring_case(key, "max-age")) {
      long seconds = 0;
      const auto [end, error] =
          given ? std::from_chars(given->data(), given->data() + given->size(), seconds)
                : std::from_chars_result{nullptr, std::errc::invalid_argument};
      if (error != std::errc() || end != given->data() + given->size()) {
        return std::nullopt;
      }
      has_max_age = true;
      cookie.expires = now + static_cast<double>(seconds);
    } else if (equal_ignoring_case(key, "expires") && !has_max_age && given) {
      const time_t date = curl_getdate(std::string(without_quotes(*given)).c_str(), nullptr);
      if (date != -1) {
        cookie.expires = static_cast<double>(date);
      }
    }
  }
  return result;
}

/// Whether the host may set cookies for that domain, which begins with a dot.
bool may_set(std::string_view effective, std::string_view domain) {
  const std::string_view undotted = domain.substr(1);
  const bool embedded_dots = undotted.find('.') != std::string_view::npos;
  return (embedded_dots || domain == ".local") &&
         (effective.ends_with(domain) || ("." + std::string(effective)).ends_with(domain));
}

bool domain_matches(const std::string& dotted_host, std::string_view domain) {
  if (domain.empty() || domain.starts_with('.')) {
    return dotted_host.ends_with(domain);
  }
  return dotted_host.ends_with("." + std::string(domain));
}

bool path_matches(std::string_view request, std::string_view path) {
  return request.starts_with(path) &&
         (request.size() == path.size() || path.ends_with('/') || request[path.size()] == '/');
}

}  // namespace

void store_cookies(Cookies& cookies, const Url& url, std::string_view header_lines, double now) {
  while (!header_lines.empty()) {
    const auto [header, text] = split_header(take_line(header_lines));
    if (!equal_ignoring_case(header, "Set-Cookie")) {
      continue;
    }
    auto set = parse(text, now);
    if (!set) {
      continue;
    }
    Cookie& cookie = set->cookie;
    if (cookie.path.empty() || !cookie.path.starts_with('/')) {
      cookie.path = default_path(url);
    }
    const std::string host = effective_host(url);
    if (!set->has_domain) {
      cookie.domain = host;
    } else {
      if (!cookie.domain.starts_with('.')) {
        cookie.domain.insert(0, ".");
      }
      if (!may_set(host, cookie.domain)) {
        continue;
      }
    }
    if (cookie.expires && *cookie.expires <= now) {
      cookies.erase(cookie.name, cookie.domain, cookie.path);
    } else {
      cookies.set(std::move(cookie));
    }
  }
}

std::string cookie_header(const Cookies& cookies, const Url& url, double now) {
  const std::string dotted_host = "." + effective_host(url);
  const std::string_view path = request_path(url);
  std::vector<const Cookie*> sent;
  for (const Cookie& cookie : cookies.items()) {
    if (domain_matches(dotted_host, cookie.domain) && path_matches(path, cookie.path) &&
        (url.https() || !cookie.secure) && (!cookie.expires || *cookie.expires > now)) {
      sent.push_back(&cookie);
    }
  }
  std::ranges::stable_sort(sent, [](const Cookie* left, const Cookie* right) {
    return left->path.size() > right->path.size();
  });
  std::string header;
  for (const Cookie* cookie : sent) {
    header.append(header.empty() ? "" : "; ").append(cookie->name);
    if (cookie->value) {
      header.append("=").append(*cookie->value);
    }
  }
  return header;
}

}  // namespace cppworker::http
