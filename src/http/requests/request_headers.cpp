#include "http/requests/request_headers.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <cppworker/version.hpp>

#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"

namespace cppworker::http::requests {

namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(
      names, [name](std::string_view other) { return equal_ignoring_case(name, other); });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && kSpace.find(name.front()) == std::string_view::npos &&
         name.find_first_of(":\r\n") == std::string_view::npos;
}

bool is_valid_value(std::string_view value) {
  return value.empty() || (kSpace.find(value.front()) == std::string_view::npos &&
                           value.find_first_of("\r\n") == std::string_view::npos);
}

using Merged = std::vector<std::pair<std::string_view, std::string_view>>;

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

bool contains(const Merged& merged, std::string_view name) {
  return std::ranges::any_of(
      merged, [name](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// Replaces an earlier header of that name, and its spelling.
void set(Merged& merged, std::string_view name, std::string_view value) {
  for (auto& header : merged) {
    if (equal_ignoring_case(header.first, name)) {
      header = {name, value};
      return;
    }
  }
  merged.emplace_back(name, value);
}

bool is_left_out(const HeaderInputs& inputs, std::string_view name) {
  return (is_any_of(name, {"Authorization"}) &&
          (inputs.auth_dropped || !inputs.authorization.empty())) ||
         (is_any_of(name, {"Cookie"}) && inputs.redirected) ||
         (is_any_of(name, {"Content-Type", "Transfer-Encoding"}) && inputs.body_dropped) ||
         is_any_of(name, {"Content-Length"});  // the engine sets it
}

std::string invalid_header_text(std::string_view part, std::string_view text) {
  return exception_text("InvalidHeader",
                        "Invalid leading whitespace, reserved character(s), or return character(s) "
                        "in header " +
                            std::string(part) + ": " + text::python_repr(text::to_utf8(text)));
}

}  // namespace

void write_header_lines(const HeaderInputs& inputs, std::string& lines) {
  lines = kDefaultLines;
  if (inputs.session.empty() && inputs.own.empty() && inputs.content_type.empty() &&
      inputs.authorization.empty() && inputs.cookie.empty()) {
    return;
  }
  Merged merged;
  merged.reserve(kDefaults.size() + inputs.session.size() + inputs.own.size() + 3);
  merged.assign(kDefaults.begin(), kDefaults.end());
  for (const Headers* headers : {&inputs.session, &inputs.own}) {
    for (const auto& [name, value] : *headers) {
      if (!is_left_out(inputs, name)) {
        set(merged, name, value);
      }
    }
  }
  if (!inputs.cookie.empty() && !contains(merged, "Cookie")) {
    merged.emplace_back("Cookie", inputs.cookie);
  }
  if (!inputs.content_type.empty() && !contains(merged, "Content-Type")) {
    merged.emplace_back("Content-Type", inputs.content_type);
  }
  if (!inputs.authorization.empty() && !inputs.auth_dropped) {
    set(merged, "Authorization", inputs.authorization);
  }
  lines.clear();
  for (const auto& [name, value] : merged) {
    lines.append(name).append(": ").append(value).append("\r\n");
  }
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
