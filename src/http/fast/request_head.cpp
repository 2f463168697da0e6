#include "http/fast/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/version.hpp>

#include "http/fast/http_bytes.hpp"
#include "http/header_lines.hpp"
#include "stats/python_repr.hpp"
#include "stats/utf8.hpp"

namespace cppworker::http::fast {

namespace {

constexpr std::string_view kUserAgent = "cpp-worker/" CPPWORKER_VERSION;
constexpr std::string_view kAcceptEncoding = "gzip, deflate, br";
constexpr std::string_view kDefaultLines = "User-Agent: cpp-worker/" CPPWORKER_VERSION
                                           "\r\n"
                                           "Accept-Encoding: gzip, deflate, br\r\n";

using Merged = std::vector<std::pair<std::string_view, std::string_view>>;

bool contains(const Merged& headers, std::string_view name) {
  return std::ranges::any_of(
      headers, [name](const auto& header) { return equal_ignoring_case(header.first, name); });
}

/// In the place of an earlier one, in the new spelling.
void set(Merged& headers, std::string_view name, std::string_view value) {
  for (auto& header : headers) {
    if (equal_ignoring_case(header.first, name)) {
      header = {name, value};
      return;
    }
  }
  headers.emplace_back(name, value);
}

void check(const Merged& headers) {
  for (const auto& [name, value] : headers) {
    if (name.empty() || !all_of(name, kIsToken)) {
      throw std::invalid_argument("invalid header field name " +
                                  stats::python_repr(stats::to_utf8(name)));
    }
    if (!all_of(value, kIsValue)) {
      throw std::invalid_argument(fmt::format("invalid value for header field {}: {}",
                                              stats::python_repr(stats::to_utf8(name)),
                                              stats::python_repr(stats::to_utf8(value))));
    }
    if (equal_ignoring_case(name, "Transfer-Encoding")) {
      throw std::invalid_argument(
          "FastHttpUser can't send a body in chunks (Transfer-Encoding): use HttpUser.");
    }
  }
}

/// The author's and the library's, in the order of locust.contrib.fasthttp.
Merged merge(const HeadInputs& inputs) {
  Merged headers;
  headers.emplace_back("User-Agent", kUserAgent);
  for (const Headers* given : {&inputs.session, &inputs.own}) {
    for (const auto& [name, value] : *given) {
      set(headers, name, value);
    }
  }
  const auto drop = [&headers](std::string_view name) {
    std::erase_if(headers,
                  [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  };
  if (inputs.redirected) {
    drop("Cookie");
  }
  if (inputs.auth_dropped) {
    drop("Authorization");
  } else if (!inputs.authorization.empty()) {
    set(headers, "Authorization", inputs.authorization);
  }
  const bool own_encoding = std::ranges::any_of(inputs.own, [](const auto& header) {
    return equal_ignoring_case(header.first, "Accept-Encoding");
  });
  if (!own_encoding) {
    set(headers, "Accept-Encoding", kAcceptEncoding);
  }
  if (inputs.body_dropped) {
    drop("Content-Type");
    drop("Content-Length");
    drop("Content-Encoding");
  } else if (!inputs.content_type.empty() && !contains(headers, "Content-Type")) {
    headers.emplace_back("Content-Type", inputs.content_type);
  }
  if (inputs.json && !contains(headers, "Accept")) {
    headers.emplace_back("Accept", "application/json");
  }
  if (!inputs.cookie.empty() && !contains(headers, "Cookie")) {
    headers.emplace_back("Cookie", inputs.cookie);
  }
  check(headers);
  return headers;
}

void append_number(std::size_t number, std::string& text) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), number);
  text.append(digits.begin(), end);
}

void append_host(const Url& url, bool always_port, std::string& head) {
  head += url.host();
  if (always_port || (url.port() != 80 && url.port() != 443)) {
    head += ':';
    append_number(url.port(), head);
  }
}

bool wants_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

void write_request_head(const HeadInputs& inputs, std::string& head) {
  head.clear();
  if (inputs.method.empty() || !all_of(inputs.method, kIsToken)) {
    throw std::invalid_argument("invalid HTTP method " +
                                stats::python_repr(stats::to_utf8(inputs.method)));
  }
  head += inputs.method;
  head += ' ';
  if (inputs.to_proxy) {
    head += "http://";
    append_host(inputs.url, true, head);
  }
  const std::string_view target = inputs.url.path_url();
  if (target.starts_with('?')) {
    head += '/';
  }
  head += target;
  head += " HTTP/1.1\r\n";

  bool has_host = false;
  bool has_length = false;
  if (inputs.session.empty() && inputs.own.empty() && inputs.authorization.empty() &&
      inputs.content_type.empty() && inputs.cookie.empty() && !inputs.json) {
    head += kDefaultLines;
  } else {
    const Merged headers = merge(inputs);
    has_host = contains(headers, "Host");
    has_length = contains(headers, "Content-Length");
    for (const auto& [name, value] : headers) {
      head.append(name).append(": ").append(value).append("\r\n");
    }
  }
  if (!has_host) {
    head += "Host: ";
    append_host(inputs.url, false, head);
    head += "\r\n";
  }
  if (!has_length && (inputs.body_size > 0 || wants_length(inputs.method))) {
    head += "Content-Length: ";
    append_number(inputs.body_size, head);
    head += "\r\n";
  }
  head += "\r\n";
}

}  // namespace cppworker::http::fast
