#include "loader/print.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/version.hpp>

namespace cppworker::loader {
namespace {

/// Python's words that are good names in C++, and the attributes of Locust's users: a task of that
/// name would hide them (`weight`), or Locust's decorator (`task`).
constexpr std::array<std::string_view, 61> kTakenNames{"False",
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
                                                       "on_start",
                                                       "on_stop",
                                                       "pool_manager",
                                                       "run",
                                                       "start",
                                                       "stop",
                                                       "task",
                                                       "tasks",
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

bool is_default(const WaitTime& wait) {
  return wait.kind == WaitTime::Kind::kConstant && wait.low == Seconds{0};
}

/// Each task once: a class may list a method twice, with weights that add up.
std::vector<std::pair<std::string, int>> tasks_by_name(const detail::UserClass& user_class) {
  std::vector<std::pair<std::string, int>> tasks;
  for (const auto& row : user_class.tasks) {
    auto name = python_name(row.name);
    const auto known = std::find_if(tasks.begin(), tasks.end(),
                                    [&](const auto& task) { return task.first == name; });
    if (known == tasks.end()) {
      tasks.emplace_back(std::move(name), row.weight);
    } else {
      known->second += row.weight;
    }
  }
  return tasks;
}

/// What the file needs of Locust. A class of the author's may have the same name as one of these.
class Imports {
 public:
  explicit Imports(UserClasses classes) : classes_(classes) {}

  /// The name by which the file knows locust's `name`.
  std::string use(const std::string& name) {
    const bool is_taken =
        std::any_of(classes_.begin(), classes_.end(),
                    [&](const auto* user_class) { return user_class->name == name; });
    auto import = is_taken ? fmt::format("{0} as locust_{0}", name) : name;
    if (std::find(lines_.begin(), lines_.end(), import) == lines_.end()) {
      lines_.push_back(std::move(import));
    }
    return is_taken ? "locust_" + name : name;
  }

  [[nodiscard]] std::string text() const {
    auto sorted = lines_;
    std::sort(sorted.begin(), sorted.end());
    return fmt::format("from locust import {}", fmt::join(sorted, ", "));
  }

 private:
  UserClasses classes_;
  std::vector<std::string> lines_;
};

std::string wait_text(const WaitTime& wait, Imports& imports) {
  if (wait.kind == WaitTime::Kind::kBetween) {
    return fmt::format("{}({}, {})", imports.use("between"), wait.low.count(), wait.high.count());
  }
  return fmt::format("{}({})", imports.use("constant"), wait.low.count());
}

std::string class_text(const detail::UserClass& user_class, Imports& imports) {
  const auto base = imports.use(std::string(user_class.base));
  auto text = fmt::format("\n\nclass {}({}):\n", user_class.name, base);
  text += fmt::format("    weight = {}\n", user_class.weight);
  if (user_class.fixed_count > 0) {
    text += fmt::format("    fixed_count = {}\n", user_class.fixed_count);
  }
  if (!user_class.host.empty()) {
    text += fmt::format("    host = {}\n", python_string(user_class.host));
  }
  if (!is_default(user_class.wait_time)) {
    text += fmt::format("    wait_time = {}\n", wait_text(user_class.wait_time, imports));
  }
  const auto task = imports.use("task");
  for (const auto& [task_name, weight] : tasks_by_name(user_class)) {
    text += fmt::format("\n    @{}{}\n", task, weight == 1 ? "" : fmt::format("({})", weight));
    text += fmt::format("    def {}(self):\n        runs_in_cpp_worker()\n", task_name);
  }
  return text;
}

}  // namespace

std::string list_text(UserClasses classes) {
  std::string text = "Available Users:\n";
  for (const auto* user_class : classes) text += fmt::format("    {}\n", user_class->name);
  return text;
}

std::string python_stub(UserClasses classes) {
  Imports imports(classes);
  std::string body;
  for (const auto* user_class : classes) body += class_text(*user_class, imports);
  return fmt::format(
      R"("""The master's side of a C++ locustfile, made by `cpp-worker --print-locustfile` ({}).

Start the master with it: locust --master -f <this file>. The users themselves run in cpp-worker;
the master takes from here their classes, weights, fixed counts and hosts. Make it again when
classes or weights change in the C++ file.
"""

import time

{}


def runs_in_cpp_worker():
    time.sleep(1)
    raise NotImplementedError("this task runs in cpp-worker, not in Python")
{})",
      CPPWORKER_VERSION, imports.text(), body);
}

}  // namespace cppworker::loader
