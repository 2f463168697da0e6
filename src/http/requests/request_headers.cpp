#include "http/requests/request_headers.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <cppworker/version.hpp>

#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "http/latin1.hpp"
#include "http/merged_headers.hpp"
#include "http/python_text.hpp"
#include "text/ascii_case.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::requests {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(
      names, [name](std::string_view other) { return equal_ignoring_case(name, other); });
}

/// \s of a regular expression: Unicode's spaces in a str, those of ASCII in bytes.
bool starts_with_space(std::string_view text) {
  const text::Utf8Step step = text::decode_utf8(text);
  const char32_t first = step.code_point;
  return kSpace.find(text.front()) != std::string_view::npos ||
         (step.valid && text::is_utf8(text) &&
          ((first >= 0x1c && first <= 0x1f) || first == 0x85 || first == 0xa0 || first == 0x1680 ||
           (first >= 0x2000 && first <= 0x200a) || first == 0x2028 || first == 0x2029 ||
           first == 0x202f || first == 0x205f || first == 0x3000));
}

bool is_header_name(std::string_view name) {
  return !name.empty() && !starts_with_space(name) &&
         name.find_first_of(":\r\n") == std::string_view::npos;
}

bool is_valid_value(std::string_view value) {
  return value.empty() ||
         (!starts_with_space(value) && value.find_first_of("\r\n") == std::string_view::npos);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kDefaults{{
    {"User-Agent", "cpp-worker/" CPPWORKER_VERSION},
    {"Accept-Encoding", "gzip, deflate, br"},
    {"Accept", "*/*"},
    {"Connection", "keep-alive"},
}};
constexpr std::string_view kDefaultLines = "User-Agent: cpp-worker/" CPPWORKER_VERSION
                                           "\r\n"
                                           "Accept-Encoding: gzip, deflate, br\r\n"
                                           "Accept: */*\r\n"
                                           "Connection: keep-alive\r\n";

bool is_left_out(const HeaderInputs& inputs, std::string_view name) {
  return (is_any_of(name, {"Authorization"}) && inputs.auth_dropped) ||
         (is_any_of(name, {"Cookie"}) && inputs.redirected) ||
         (is_any_of(name, {"Content-Length", "Content-Type", "Transfer-Encoding"}) &&
          inputs.body_dropped);
}

/// Refuses what http.client refuses: a line end that no blank follows. invalid_header() has checked
/// the author's headers, but not the cookies.
void check_value(std::string_view value) {
  for (std::size_t at = value.find_first_of("\r\n"); at != std::string_view::npos;
       at = value.find_first_of("\r\n", at + 1)) {
    const char next = at + 1 < value.size() ? value[at + 1] : '\0';
    if (next != ' ' && next != '\t' && !(value[at] == '\r' && next == '\n')) {
      throw std::invalid_argument("Invalid header value " + bytes_repr(value));
    }
  }
}

std::string invalid_header_text(std::string_view part, std::string_view text) {
  return exception_text("InvalidHeader",
                        "Invalid leading whitespace, reserved character(s), or return character(s) "
                        "in header " +
                            std::string(part) + ": " + text::python_repr(text::to_utf8(text)));
}

}  // namespace

void write_header_lines(const HeaderInputs& inputs, std::string& lines) {
  lines.clear();
  if (inputs.has_body && inputs.body_dropped) {
    lines = "Content-Length: 0\r\n";  // urllib3 adds it in front of the headers of requests
  }
  if (inputs.session.empty() && inputs.own.empty() && inputs.content_type.empty() &&
      inputs.authorization.empty() && inputs.cookie.empty()) {
    lines += kDefaultLines;
    if (inputs.has_body && !inputs.body_dropped) {
      lines.append("Content-Length: ").append(std::to_string(inputs.body_size)).append("\r\n");
    }
    return;
  }
  const std::string length = std::to_string(inputs.body_size);
  MergedHeaders merged;
  merged.reserve(kDefaults.size() + inputs.session.size() + inputs.own.size() + 4);
  merged.assign(kDefaults.begin(), kDefaults.end());
  for (const Headers* headers : {&inputs.session, &inputs.own}) {
    for (const auto& [name, value] : *headers) {
      if (!is_left_out(inputs, name)) {
        set_header(merged, name, value);
      }
    }
  }
  const bool sends_cookie = !inputs.cookie.empty() && !contains_header(merged, "Cookie");
  if (sends_cookie && !inputs.redirected) {
    merged.emplace_back("Cookie", inputs.cookie);
  }
  if (inputs.body_size > 0) {
    set_header(merged, "Content-Length", length);
  } else if (inputs.has_body && !inputs.body_dropped &&
             !contains_header(merged, "Content-Length")) {
    merged.emplace_back("Content-Length", length);
  }
  if (!inputs.content_type.empty() && !contains_header(merged, "Content-Type")) {
    merged.emplace_back("Content-Type", inputs.content_type);
  }
  if (!inputs.authorization.empty() && !inputs.auth_dropped) {
    set_header(merged, "Authorization", inputs.authorization);
  }
  if (sends_cookie && inputs.redirected) {
    merged.emplace_back("Cookie", inputs.cookie);
  }
  for (const auto& [name, value] : merged) {
    check_ascii(name);
    lines.append(name).append(": ");
    const std::size_t begin = lines.size();
    append_latin1(lines, value);
    check_value(std::string_view(lines).substr(begin));
    lines.append("\r\n");
  }
}

std::string_view own_host(const Headers& session, const Headers& own) {
  std::string_view host;
  for (const Headers* headers : {&session, &own}) {
    for (const auto& [name, value] : *headers) {
      if (equal_ignoring_case(name, "Host")) {
        host = value;
      }
    }
  }
  return host;
}

void check_method(std::string_view method) {
  for (std::string_view rest = method; !rest.empty();) {
    const char character = text::to_lower(rest.front());
    const bool is_token =
        (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
        std::string_view("-!#$%&'*+.^_`|~").find(character) != std::string_view::npos;
    const std::size_t length = is_token ? 1 : text::decode_utf8(rest).length;
    if (!is_token) {
      throw std::invalid_argument(
          fmt::format("Method cannot contain non-token characters {} (found at least {})",
                      text::python_repr(text::to_utf8(method)),
                      text::python_repr(text::to_utf8(rest.substr(0, length)))));
    }
    rest.remove_prefix(length);
  }
}

bool expects_body(std::string_view method) {
  return !is_any_of(method, {"GET", "HEAD", "DELETE", "TRACE", "OPTIONS", "CONNECT"});
}

std::optional<std::string> invalid_header(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_header_name(name)) {
      return invalid_header_text("name", name);
    }
    if (!is_valid_value(value)) {
      return invalid_header_text("value", value);
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::http::requests
