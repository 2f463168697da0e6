#include "loader/python_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace cppworker::loader {
namespace {

/// Python's keywords that are valid names in C++, and the attributes of Locust's users. A task with
/// such a name would hide an attribute (`weight`) or Locust's decorator (`task`).
constexpr std::array<std::string_view, 65> kTakenNames{"False",
                                                       "None",
                                                       "True",
                                                       "and",
                                                       "as",
                                                       "assert",
                                                       "async",
                                                       "await",
                                                       "class",
                                                       "def",
                                                       "del",
                                                       "elif",
                                                       "except",
                                                       "finally",
                                                       "from",
                                                       "global",
                                                       "import",
                                                       "in",
                                                       "is",
                                                       "lambda",
                                                       "nonlocal",
                                                       "not",
                                                       "or",
                                                       "pass",
                                                       "raise",
                                                       "with",
                                                       "yield",
                                                       "abstract",
                                                       "client",
                                                       "context",
                                                       "environment",
                                                       "fixed_count",
                                                       "fullname",
                                                       "greenlet",
                                                       "group",
                                                       "host",
                                                       "interrupt",
                                                       "on_start",
                                                       "on_stop",
                                                       "parent",
                                                       "pool_manager",
                                                       "run",
                                                       "start",
                                                       "stop",
                                                       "tag",
                                                       "task",
                                                       "tasks",
                                                       "user",
                                                       "wait",
                                                       "wait_function",
                                                       "wait_time",
                                                       "weight",
                                                       "client_pool",
                                                       "concurrency",
                                                       "connection_timeout",
                                                       "default_headers",
                                                       "insecure",
                                                       "max_redirects",
                                                       "max_retries",
                                                       "network_timeout",
                                                       "proxy_host",
                                                       "proxy_port",
                                                       "rest",
                                                       "rest_",
                                                       "ssl_context_factory"};

}  // namespace

std::string python_name(std::string_view name) {
  const bool is_taken =
      std::find(kTakenNames.begin(), kTakenNames.end(), name) != kTakenNames.end();
  return fmt::format("{}{}", name, is_taken ? "_" : "");
}

std::string python_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string python_strings(std::span<const std::string_view> texts) {
  std::vector<std::string> quoted;
  for (const std::string_view text : texts) quoted.push_back(python_string(text));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

std::string Imports::use(const std::string& name) {
  const bool is_taken = std::find(taken_.begin(), taken_.end(), name) != taken_.end();
  auto import = is_taken ? fmt::format("{0} as locust_{0}", name) : name;
  if (std::find(lines_.begin(), lines_.end(), import) == lines_.end()) {
    lines_.push_back(std::move(import));
  }
  return is_taken ? "locust_" + name : name;
}

std::string Imports::text() const {
  auto sorted = lines_;
  std::sort(sorted.begin(), sorted.end());
  return fmt::format("from locust import {}", fmt::join(sorted, ", "));
}

}  // namespace cppworker::loader
