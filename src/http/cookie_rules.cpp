#include "http/cookie_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "http/cookie_date.hpp"
#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/python_text.hpp"
#include "text/ascii_case.hpp"

namespace cppworker::http {

namespace {

/// `text` without the ':' and the digits at its end.
std::string_view without_port(std::string_view text) {
  const std::size_t colon = text.find_last_not_of("0123456789");
  const bool has_port =
      colon != std::string_view::npos && text[colon] == ':' && colon + 1 < text.size();
  return has_port ? text.substr(0, colon) : text;
}

/// http.cookiejar's escape_path(). `path` has the bytes of UTF-8.
std::string escape_path(std::string_view path) {
  constexpr std::string_view kSafe = "%/;:@&=+$,!~*'()_.-";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  escaped.reserve(path.size());
  std::size_t in_escape = 0;  // characters of a "%c3"
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char character = path[i];
    const auto byte = static_cast<unsigned char>(character);
    const char upper = text::to_upper(character);
    const auto is_hex = [&](std::size_t at) {
      return at < path.size() && kDigits.find(text::to_upper(path[at])) != std::string_view::npos;
    };
    if (in_escape == 0 && character == '%' && is_hex(i + 1) && is_hex(i + 2)) {
      in_escape = 3;
    }
    if (in_escape > 0) {
      escaped += upper;
      --in_escape;
    } else if ((upper >= 'A' && upper <= 'Z') || (byte >= '0' && byte <= '9') ||
               kSafe.find(character) != std::string_view::npos) {
      escaped += character;
    } else {
      escaped += '%';
      escaped += kDigits[byte >> 4U];
      escaped += kDigits[byte & 15U];
    }
  }
  return escaped;
}

/// The path of the URL, without its query; at least "/".
std::string request_path(const Url& url) {
  const std::string_view path_url = url.path_url();
  std::string path = escape_path(path_url.substr(0, path_url.find('?')));
  return path.starts_with('/') ? path : "/" + path;
}

/// The host of the request, as http.cookiejar sees it: in lower case, with the URL's credentials.
std::string request_host(const CookieRequest& request) {
  if (!request.host.empty()) {
    return text::to_lower(without_port(request.host.substr(0, request.host.find_first_of("/?#"))));
  }
  const std::string_view userinfo = request.url.userinfo();
  std::string host = userinfo.empty() ? "" : text::to_lower(userinfo) + "@";
  return host.append(request.url.host());
}

/// Names without a dot get one: http.cookiejar's "effective" host.
std::string effective_host(const CookieRequest& request) {
  std::string host = request_host(request);
  return host.find('.') == std::string::npos ? host + ".local" : host;
}

/// http.cookiejar's request_port(); none: it is not a number.
std::optional<std::string> request_port(const Url& url) {
  const std::string_view userinfo = url.userinfo();
  const std::string authority =
      std::string(userinfo).append(userinfo.empty() ? "" : "@").append(url.address());
  const std::size_t colon = authority.find(':');
  if (colon == std::string::npos) {
    return "80";
  }
  std::string port = authority.substr(colon + 1);
  return parse_int(port) ? std::optional(std::move(port)) : std::nullopt;
}

std::string default_path(const Url& url, bool with_slash) {
  std::string path = request_path(url);
  path.resize(path.rfind('/') + (with_slash ? 1 : 0));
  return path.empty() ? "/" : path;
}

using Attribute = std::pair<std::string_view, std::optional<std::string_view>>;

/// Removes the part before the next ';' from `header` and returns it.
Attribute take_attribute(std::string_view& header) {
  const std::size_t end = std::min(header.find(';'), header.size());
  const std::string_view part = strip(header.substr(0, end));
  header.remove_prefix(std::min(end + 1, header.size()));
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) {
    return {part, std::nullopt};
  }
  return {strip(part.substr(0, equals)), strip(part.substr(equals + 1))};
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

/// The version is not a number. The cookie is ignored, but only after all headers are parsed.
constexpr std::int64_t kNoVersion = std::numeric_limits<std::int64_t>::max();

/// The attributes of a Set-Cookie header, each with its first value. As received, in Latin-1.
struct SetCookie {
  std::string_view name;
  std::optional<std::string_view> value;
  std::optional<std::string_view> domain;
  std::optional<std::string_view> path;
  std::optional<bool> secure;
  std::optional<double> expires;
  std::optional<std::int64_t> version;
  bool has_port = false;
  std::optional<std::string_view> port;
};

enum class Parsed {
  kOk,
  kIgnored,  ///< the cookie is invalid
  kFatal,    ///< http.cookiejar raises an exception and drops all cookies of the response
};

/// Parses one Set-Cookie header: parse_ns_headers() and _normalized_cookie_tuples().
Parsed parse(std::string_view header, double now, SetCookie& cookie) {
  std::tie(cookie.name, cookie.value) = take_attribute(header);
  if (cookie.name.empty()) {
    return Parsed::kIgnored;
  }
  Parsed parsed = Parsed::kOk;
  bool has_max_age = false;
  // A date that raises an exception does so even after an invalid attribute.
  while (!header.empty()) {
    const auto [key, given] = take_attribute(header);
    const auto is = [&word = key](std::string_view name) {
      return equal_ignoring_case(word, name);
    };
    bool valid = true;
    if (is("secure")) {
      cookie.secure = cookie.secure.value_or(!given || !given->empty());
    } else if (is("domain")) {
      valid = cookie.domain || given;
      cookie.domain = cookie.domain ? cookie.domain : given;
    } else if (is("path")) {
      valid = cookie.path || given;
      cookie.path = cookie.path ? cookie.path : given;
    } else if (is("port")) {
      cookie.port = cookie.has_port ? cookie.port : given;
      cookie.has_port = true;
    } else if (is("version")) {
      if (!cookie.version) {
        valid = given.has_value();
        cookie.version = parse_int(without_quotes(given.value_or(""))).value_or(kNoVersion);
      }
    } else if (is("max-age")) {
      if (!given && parsed == Parsed::kOk) {
        return Parsed::kFatal;  // a TypeError in Python
      }
      const std::optional<std::int64_t> seconds = parse_int(given.value_or(""));
      valid = seconds.has_value();
      has_max_age = true;
      cookie.expires = std::floor(now) + static_cast<double>(seconds.value_or(0));
    } else if (is("expires") && given) {
      double seconds = 0;
      const DateStatus status = read_cookie_date(without_quotes(*given), now, seconds);
      if (status == DateStatus::kFatal) {
        return Parsed::kFatal;
      }
      if (status == DateStatus::kRead && !has_max_age && !cookie.expires) {
        cookie.expires = seconds;
      }
    }
    if (!valid) {
      parsed = Parsed::kIgnored;
    }
  }
  return parsed;
}

/// The cookie that http.cookiejar makes of the header.
Cookie make_cookie(const SetCookie& set, const CookieRequest& request) {
  Cookie cookie{.name = latin1_to_utf8(set.name), .expires = set.expires};
  if (set.value) {
    cookie.value = latin1_to_utf8(*set.value);
  }
  cookie.path = set.path && !set.path->empty()
                    ? escape_path(latin1_to_utf8(*set.path))
                    : default_path(request.url, set.version.value_or(0) != 0);
  if (!set.domain) {
    cookie.domain = effective_host(request);
  } else {
    cookie.domain = text::to_lower(latin1_to_utf8(*set.domain));
    if (!cookie.domain.starts_with('.')) {
      cookie.domain.insert(0, ".");
    }
  }
  if (set.port) {
    cookie.port = *set.port;
    std::erase_if(*cookie.port, is_space);
  } else if (set.has_port) {
    cookie.port = request_port(request.url);
  }
  cookie.secure = set.secure.value_or(false);
  return cookie;
}

/// Whether the host may set cookies for that domain, which begins with a dot.
bool may_set_domain(std::string_view effective, std::string_view domain, bool for_netscape) {
  const std::string_view undotted = domain.substr(1);
  if (undotted.find('.') == std::string_view::npos && !effective.ends_with(".local")) {
    return false;
  }
  return !for_netscape || effective.ends_with(domain) || effective.starts_with('.') ||
         effective.ends_with(std::string(undotted) + ".local") ||
         ("." + std::string(effective)).ends_with(domain);
}

/// Whether the port is in the list of ports. Numbers are compared as they are written.
bool has_port(std::string_view list, std::string_view port, bool only_numbers) {
  for (bool more = true; more;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view one = list.substr(0, comma);
    if (only_numbers && !parse_int(one)) {
      return false;
    }
    if (one == port) {
      return true;
    }
    more = comma < list.size();
    list.remove_prefix(more ? comma + 1 : comma);
  }
  return false;
}

/// http.cookiejar's set_ok(). It reads a version that is negative as neither of the two standards.
bool may_set(const SetCookie& set, const Cookie& cookie, const CookieRequest& request) {
  const std::int64_t version = set.version.value_or(0);
  return version <= 1 &&
         (!set.domain || may_set_domain(effective_host(request), cookie.domain, version >= 0)) &&
         (!set.port || has_port(*cookie.port, request_port(request.url).value_or("80"), true));
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

bool is_expired(const Cookie& cookie, double now) {
  return cookie.expires && *cookie.expires <= std::floor(now);
}

}  // namespace

void store_cookies(Cookies& cookies, const CookieRequest& request, std::string_view header_lines,
                   double now, CookieJar jar) {
  std::vector<SetCookie> parsed;
  while (!header_lines.empty()) {
    const auto [header, text] = split_header(take_line(header_lines));
    if (!equal_ignoring_case(header, "Set-Cookie")) {
      continue;
    }
    SetCookie set;
    const Parsed result = parse(text, now, set);
    if (result == Parsed::kFatal) {
      return;
    }
    if (result == Parsed::kOk) {
      parsed.push_back(set);
    }
  }
  // Like http.cookiejar: first cookies are removed, then cookies are stored.
  std::vector<Cookie> stored;
  for (const SetCookie& set : parsed) {
    if (set.version == kNoVersion) {
      continue;
    }
    Cookie cookie = make_cookie(set, request);
    if (is_expired(cookie, now)) {
      cookies.erase(cookie.name, cookie.domain, cookie.path);
    } else if (may_set(set, cookie, request)) {
      stored.push_back(std::move(cookie));
    }
  }
  for (Cookie& cookie : stored) {
    if (jar == CookieJar::kRequests && cookie.value) {
      cookie.value = without_escaped_quotes(*cookie.value);
    }
    cookies.set(std::move(cookie));
  }
}

std::string cookie_header(const Cookies& cookies, const CookieRequest& request, double now) {
  const std::string dotted_host = "." + effective_host(request);
  const std::string path = request_path(request.url);
  std::vector<const Cookie*> sent;
  for (const Cookie& cookie : cookies.items()) {
    if (!domain_matches(dotted_host, cookie.domain) || !path_matches(path, cookie.path) ||
        (cookie.secure && !request.url.https()) || is_expired(cookie, now)) {
      continue;
    }
    if (cookie.port && !cookie.port->empty()) {
      if (!has_port(*cookie.port, request_port(request.url).value_or("80"), false)) {
        continue;
      }
    }
    sent.push_back(&cookie);
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

std::string without_escaped_quotes(std::string_view value) {
  if (!value.starts_with('"') || !value.ends_with('"')) {
    return std::string(value);
  }
  std::string result;
  for (std::size_t at = value.find("\\\""); at != std::string_view::npos; at = value.find("\\\"")) {
    result += value.substr(0, at);
    value.remove_prefix(at + 2);
  }
  return result.append(value);
}

}  // namespace cppworker::http
