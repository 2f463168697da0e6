#include "http/request_headers.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "http/failure_text.hpp"
#include "http/header_lines.hpp"
#include "stats/python_repr.hpp"
#include "stats/utf8.hpp"

namespace cppworker::http {

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

std::string invalid_header_text(std::string_view part, std::string_view text) {
  return exception_text("InvalidHeader",
                        "Invalid leading whitespace, reserved character(s), or return character(s) "
                        "in header " +
                            std::string(part) + ": " + stats::python_repr(stats::to_utf8(text)));
}

}  // namespace

std::vector<std::string> header_lines(const HeaderInputs& inputs) {
  std::vector<std::string> lines;
  if (inputs.own.empty() && inputs.authorization.empty()) {
    return lines;
  }
  bool has_connection = false;
  bool has_type = false;
  for (const auto& [name, value] : inputs.own) {
    const bool left_out =
        (is_any_of(name, {"Authorization"}) &&
         (inputs.auth_dropped || !inputs.authorization.empty())) ||
        (is_any_of(name, {"Cookie"}) && inputs.redirected) ||
        (is_any_of(name, {"Content-Type", "Transfer-Encoding"}) && inputs.body_dropped) ||
        is_any_of(name, {"Content-Length"});  // libcurl counts by itself
    if (!left_out) {
      has_connection = has_connection || is_any_of(name, {"Connection"});
      has_type = has_type || is_any_of(name, {"Content-Type"});
      lines.push_back(value.empty() ? name + ";" : name + ": " + value);
    }
  }
  if (!inputs.authorization.empty() && !inputs.auth_dropped) {
    lines.push_back("Authorization: " + std::string(inputs.authorization));
  }
  if (!has_connection) {
    lines.emplace_back("Connection: keep-alive");
  }
  if (inputs.has_body) {
    lines.emplace_back("Expect:");
    if (!has_type) {
      lines.emplace_back(inputs.json ? "Content-Type: application/json" : "Content-Type:");
    }
  }
  return lines;
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

std::string basic_auth(std::string_view user_and_password) {
  std::string encoded((user_and_password.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with \0
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for OpenSSL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
                  reinterpret_cast<const unsigned char*>(user_and_password.data()),
                  static_cast<int>(user_and_password.size()));
  encoded.pop_back();
  return "Basic " + encoded;
}

}  // namespace cppworker::http
