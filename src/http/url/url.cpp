#include "http/url/url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include <cppworker/http_session.hpp>

#include "http/url/idna.hpp"
#include "http/url/quoting.hpp"
#include "http/url/url_split.hpp"
#include "text/ascii_case.hpp"
#include "text/percent.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http {

namespace {

constexpr std::size_t kPortDigitsMax = 5;
constexpr std::string_view kWhitespace = " \t\n\r\f\v";

std::string repr(std::string_view text) { return text::python_repr(text::to_utf8(text)); }

[[noreturn]] void throw_unparsable(const std::string& what) {
  throw InvalidURL("Failed to parse: " + what);
}

[[noreturn]] void throw_bad_authority(std::string_view host_port) {
  throw_unparsable(repr(host_port) + " is not a valid host or port");
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return inet_pton(family, std::string(text).c_str(), binary.data()) == 1;
}

bool is_hex(char character) { return std::isxdigit(static_cast<unsigned char>(character)) != 0; }

/// The zones that urllib3 accepts after an address: '%' or "%25", then unreserved characters and
/// escapes.
bool is_zone(std::string_view text) {
  if (!text.starts_with('%')) {
    return false;
  }
  text.remove_prefix(text.starts_with("%25") && text.size() > 3 ? 3 : 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      i += 2;
    } else if (!text::is_unreserved(text[i])) {
      return false;
    }
  }
  return !text.empty();
}

/// A host in brackets: in lower case, with its zone in the form of RFC 6874. "": it isn't valid.
std::string bracketed_host(std::string_view host) {
  if (!host.starts_with('[') || !host.ends_with(']')) {
    return {};
  }
  const std::string_view inner = host.substr(1, host.size() - 2);
  const std::size_t percent = std::min(inner.find('%'), inner.size());
  const std::string_view address = inner.substr(0, percent);
  const std::string_view zone = inner.substr(percent);
  if (!is_address(AF_INET6, address) || !(zone.empty() || is_zone(zone))) {
    return {};
  }
  std::string result = "[" + text::to_lower(address);
  if (!zone.empty()) {
    const bool complete = zone.starts_with("%25") && zone.size() > 3;
    result.append("%25").append(zone.substr(complete ? 3 : 1));
  }
  return result + "]";
}

/// The characters that urllib3 accepts in a host name, before it looks at them more closely.
bool is_host_name(std::string_view host) {
  for (std::size_t i = 0; i < host.size(); ++i) {
    const bool is_escape =
        host[i] == '%' && i + 2 < host.size() && is_hex(host[i + 1]) && is_hex(host[i + 2]);
    if (std::string_view("[]:/?#").find(host[i]) != std::string_view::npos ||
        (host[i] == '%' && !is_escape)) {
      return false;
    }
    i += is_escape ? 2 : 0;
  }
  return true;
}

void check_host(std::string_view host) {
  for (const char character : host) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte <= 0x20 || byte == 0x7f) {
      throw_unparsable("Host " + repr(host) + " contains invalid character " +
                       repr(std::string_view(&character, 1)));
    }
  }
}

/// Unescapes unreserved characters, and writes other escapes in upper case.
std::string normalized_escapes(std::string_view host) {
  std::string result;
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (host[i] != '%') {
      result += host[i];
      continue;
    }
    const std::string escape = text::to_upper(host.substr(i, 3));
    const auto byte = static_cast<char>(std::stoi(escape.substr(1), nullptr, 16));
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) {
      throw_unparsable("Host " + repr(host) +
                       " contains invalid percent-encoded control character " +
                       repr(host.substr(i, 3)));
    }
    if (text::is_unreserved(byte)) {
      result += byte;
    } else {
      result += escape;
    }
    i += 2;
  }
  return result;
}

/// urllib3's _normalize_host() for a name: the ASCII form of each label, in lower case.
std::string normalized_name(std::string_view host) {
  const std::string unescaped =
      host.find('%') == std::string_view::npos ? std::string(host) : normalized_escapes(host);
  std::string result;
  for (std::string_view rest = unescaped; !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view label = rest.substr(0, dot);
    const bool ascii = std::ranges::all_of(
        label, [](char character) { return static_cast<unsigned char>(character) < 0x80; });
    if (ascii) {
      result += text::to_lower(label);
    } else if (const std::optional<std::string> encoded = idna_label(label)) {
      result += *encoded;
    } else {
      throw_unparsable("Name '" + text::to_utf8(label) + "' is not a valid IDNA label");
    }
    result += dot < rest.size() ? "." : "";
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  for (std::size_t i = result.find('%'); i != std::string::npos; i = result.find('%', i + 1)) {
    for (std::size_t digit = i + 1; digit <= i + 2; ++digit) {
      result[digit] = text::to_upper(result[digit]);
    }
  }
  return result;
}

/// The part between "//" and the path.
struct Authority {
  std::string_view userinfo;   // as written
  std::string_view host_port;  // as written
  std::string host;            // normalized as in urllib3
  std::uint16_t port = 0;
  bool host_is_address = false;
};

Authority parse_authority(std::string_view text, bool https, std::string_view whole) {
  Authority result;
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    result.userinfo = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  result.host_port = text;
  // The colon of the port comes after an IPv6 address.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    result.host = bracketed_host(host);
    if (result.host.empty()) {
      throw_bad_authority(text);
    }
  } else if (!is_host_name(host)) {
    check_host(text);
    throw_bad_authority(text);
  }
  result.port = default_port(https);
  if (colon != std::string_view::npos && colon + 1 < text.size()) {
    const std::string_view digits = text.substr(colon + 1);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
      check_host(text);
      throw_bad_authority(text);
    }
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size());
    if (digits.size() - first > kPortDigitsMax) {
      check_host(text);
      throw_bad_authority(text);
    }
    unsigned number = 0;
    std::from_chars(digits.data() + first, digits.data() + digits.size(), number);
    if (number > 65535) {
      throw_unparsable(text::to_utf8(whole));
    }
    if (number != 0) {
      result.port = static_cast<std::uint16_t>(number);
    }
  }
  check_host(host);
  if (host.empty()) {
    throw InvalidURL("Invalid URL " + repr(whole) + ": No host supplied");
  }
  if (result.host.empty()) {
    result.host = normalized_name(host);
  }
  if (result.host.front() == '*' || result.host.front() == '.') {
    throw InvalidURL("URL has an invalid label.");
  }
  result.host_is_address = host.starts_with('[') || is_address(AF_INET, result.host);
  return result;
}

/// Python's urlunparse() of the parts; an empty query or fragment is dropped.
std::string unsplit(std::string_view scheme, std::string_view authority, std::string_view path,
                    std::string_view query, std::string_view fragment) {
  std::string text;
  text.reserve(scheme.size() + authority.size() + path.size() + query.size() + fragment.size() + 6);
  text.append(scheme).append("://").append(authority);
  if (!path.empty() && path.front() != '/') {
    text += '/';
  }
  text += path;
  if (!query.empty()) {
    text.append("?").append(query);
  }
  if (!fragment.empty()) {
    text.append("#").append(fragment);
  }
  return text;
}

/// The path of urllib.parse.urljoin().
std::string join_paths(std::string_view base, std::string_view path) {
  std::string joined;
  if (!path.starts_with('/')) {
    joined = base.substr(0, base.rfind('/') + 1);
    if (joined.empty()) {
      joined = "/";
    }
  }
  joined += path;
  std::string resolved = remove_dot_segments(joined);
  return resolved.empty() ? "/" : resolved;
}

}  // namespace

Url Url::prepare(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhitespace), text.size()));
  const std::string start = text::to_lower(text.substr(0, 4));
  const UrlSplit split = split_url(text);
  if (start != "http" && text.find(':') != std::string_view::npos) {
    throw InvalidSchema("No connection adapters were found for " + repr(text));
  }
  if (split.scheme.empty()) {
    throw MissingSchema("Invalid URL " + repr(text) +
                        ": No scheme supplied. Perhaps you meant https://" + text::to_utf8(text) +
                        "?");
  }
  const std::string scheme = text::to_lower(split.scheme);
  if (scheme != "http" && scheme != "https") {
    throw InvalidSchema("No connection adapters were found for " + repr(text));
  }
  const bool https = scheme == "https";
  const Authority checked = parse_authority(split.authority, https, text);
  std::string authority;
  if (!checked.userinfo.empty()) {
    authority = quote_part(checked.userinfo, UrlPart::kUserinfo) + "@";
  }
  authority += checked.host;
  if (checked.port != default_port(https) ||
      checked.host_port.ends_with(":" + std::to_string(checked.port))) {
    authority += ":" + std::to_string(checked.port);
  }
  std::string path(split.path);
  if (!path.empty() && path.front() != '/') {
    path.insert(0, "/");
  }
  path = quote_part(remove_dot_segments(path), UrlPart::kPath);
  return parse_quoted(requote_uri(unsplit(scheme, authority, path.empty() ? "/" : path,
                                          quote_part(split.query, UrlPart::kQuery),
                                          quote_part(split.fragment, UrlPart::kQuery))));
}

Url Url::parse_quoted(std::string text) {
  Url url;
  url.memory_ = std::move(text);
  const std::string_view whole(url.memory_);
  url.parts_.text_size = static_cast<std::uint32_t>(whole.size());
  const UrlSplit split = split_url(whole);
  const std::string scheme = text::to_lower(split.scheme);
  if (scheme != "http" && scheme != "https") {
    throw InvalidSchema("No connection adapters were found for " + repr(whole));
  }
  url.parts_.https = scheme == "https";
  const Authority authority = parse_authority(split.authority, url.parts_.https, whole);
  url.parts_.userinfo = url.part(authority.userinfo);
  url.parts_.address = url.part(authority.host_port);
  url.parts_.path = url.part(split.path);
  url.parts_.path.size +=
      split.query.empty() ? 0 : static_cast<std::uint32_t>(split.query.size() + 1);
  url.parts_.port = authority.port;
  url.parts_.host_is_address = authority.host_is_address;
  url.parts_.host = url.part(authority.host_port.substr(0, authority.host.size()));
  if (url.host() != authority.host) {
    url.parts_.host = {.begin = url.parts_.text_size,
                       .size = static_cast<std::uint32_t>(authority.host.size())};
    url.memory_ += authority.host;
  }
  return url;
}

Url Url::redirected(std::string_view location) const {
  const UrlSplit own = split_url(text());
  std::string absolute;
  if (location.starts_with("//")) {
    absolute.append(own.scheme).append(":");
  }
  absolute += location;
  const UrlSplit target = split_url(absolute);
  const std::string_view fragment = target.fragment.empty() ? own.fragment : target.fragment;
  const std::string scheme =
      target.scheme.empty() ? std::string(own.scheme) : text::to_lower(target.scheme);
  if (!target.authority.empty()) {
    return parse_quoted(
        requote_uri(unsplit(scheme, target.authority, target.path, target.query, fragment)));
  }
  if (scheme != own.scheme) {
    throw InvalidSchema("No connection adapters were found for " + repr(absolute));
  }
  if (target.path.empty()) {
    const std::string_view query = target.query.empty() ? own.query : target.query;
    return parse_quoted(requote_uri(unsplit(scheme, own.authority, own.path, query, fragment)));
  }
  return parse_quoted(requote_uri(
      unsplit(scheme, own.authority, join_paths(own.path, target.path), target.query, fragment)));
}

std::string Url::wire_text() const {
  if (text_is_for_wire()) {
    return std::string(text());
  }
  return std::string(parts_.https ? "https://" : "http://")
      .append(in(parts_.address))
      .append(path_url());
}

}  // namespace cppworker::http
