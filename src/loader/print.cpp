#include "loader/print.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <cppworker/version.hpp>

#include "loader/description.hpp"
#include "loader/print_arguments.hpp"
#include "loader/python_text.hpp"

namespace cppworker::loader {
namespace {

using detail::TaskRow;
using detail::TaskSetClass;
using detail::TaskSetKind;

/// `    wait_time = between(1, 5)`; "" for Locust's default and for a wait_time() method.
template <class HasWaitTime>
std::string wait_text(const HasWaitTime& waiting, const std::string& indent, Imports& imports) {
  const WaitTime& wait = *waiting.wait_time;
  if (waiting.wait_function != nullptr) return {};
  switch (wait.kind) {
    case WaitTime::Kind::kBetween:
      return fmt::format("{}wait_time = {}({}, {})\n", indent, imports.use("between"),
                         wait.low.count(), wait.high.count());
    case WaitTime::Kind::kPacing:
      return fmt::format("{}wait_time = {}({})\n", indent, imports.use("constant_pacing"),
                         wait.low.count());
    case WaitTime::Kind::kPoisson:  // older versions of Locust do not have it
      return fmt::format("{}# wait_time = poisson({})\n", indent, 1 / wait.low.count());
    case WaitTime::Kind::kConstant:
      break;
  }
  if (wait.low == Seconds{0}) return {};
  return fmt::format("{}wait_time = {}({})\n", indent, imports.use("constant"), wait.low.count());
}

/// Writes the tasks of a class or TaskSet, with nested TaskSets.
class TasksText {
 public:
  explicit TasksText(Imports& imports) : imports_(imports) {}

  std::string write(std::span<const TaskRow> rows, const std::string& indent) {
    std::string text;
    std::set<std::string> written;
    for (const TaskRow& row : rows) {
      const std::string name = python_name(row.name);
      if (!written.insert(name).second) continue;
      const int weight = weight_of(rows, row.name);
      text += fmt::format("\n{}@{}{}\n", indent, imports_.use("task"),
                          weight == 1 ? "" : fmt::format("({})", weight));
      if (!row.tags.empty()) {
        text += fmt::format("{}@{}({})\n", indent, imports_.use("tag"),
                            python_strings({row.tags.begin(), row.tags.end()}));
      }
      if (row.task_set != nullptr) {
        text += write(*row.task_set, name, indent);
      } else {
        text += fmt::format("{0}def {1}(self):\n{0}    runs_in_cpp_worker()\n", indent, name);
      }
    }
    return text;
  }

 private:
  /// The total weight of a method, which a class may list more than once.
  static int weight_of(std::span<const TaskRow> rows, std::string_view name) {
    int weight = 0;
    for (const TaskRow& row : rows) weight += row.name == name ? row.weight : 0;
    return weight;
  }

  std::string write(const TaskSetClass& set, const std::string& name, const std::string& indent) {
    const std::string inner = indent + "    ";
    const char* const base = set.kind == TaskSetKind::kSequential ? "SequentialTaskSet" : "TaskSet";
    std::string text = fmt::format("{}class {}({}):\n", indent, name, imports_.use(base));
    if (set.kind == TaskSetKind::kMarkov) {  // older versions of Locust do not have it
      text += inner + "# a MarkovTaskSet in C++\n";
    }
    if (set.has_wait_time) text += wait_text(set, inner, imports_);
    const bool again = std::find(within_.begin(), within_.end(), &set) != within_.end();
    within_.push_back(&set);
    const std::string tasks = again ? "" : write(set.tasks, inner);
    within_.pop_back();
    return text + (tasks.empty() ? inner + "pass\n" : tasks);
  }

  Imports& imports_;
  std::vector<const TaskSetClass*> within_;  // a set may list itself
};

std::string class_text(const detail::UserClass& user_class, Imports& imports) {
  const std::string indent = "    ";
  const detail::ClassAttributes attributes = user_class.attributes();
  const auto base = imports.use(std::string(user_class.base));
  auto text = fmt::format("\n\nclass {}({}):\n", user_class.name, base);
  text += fmt::format("    weight = {}\n", attributes.weight);
  if (attributes.fixed_count > 0) {
    text += fmt::format("    fixed_count = {}\n", attributes.fixed_count);
  }
  if (!attributes.host.empty()) {
    text += fmt::format("    host = {}\n", python_string(attributes.host));
  }
  text += wait_text(user_class, indent, imports);
  return text + TasksText(imports).write(user_class.tasks, indent);
}

/// All names that the stub defines.
void collect_names(std::span<const TaskRow> rows, std::vector<std::string>& names) {
  for (const TaskRow& row : rows) {
    std::string name = python_name(row.name);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    names.push_back(std::move(name));
    if (row.task_set != nullptr) collect_names(row.task_set->tasks, names);
  }
}

std::vector<std::string> names_in(UserClasses classes) {
  std::vector<std::string> names;
  for (const auto* user_class : classes) {
    names.emplace_back(user_class->name);
    collect_names(user_class->tasks, names);
  }
  return names;
}

}  // namespace

std::string list_text(UserClasses classes) {
  std::string text = "Available Users:\n";
  for (const auto* user_class : classes) text += fmt::format("    {}\n", user_class->name);
  return text;
}

std::string python_stub(UserClasses classes, std::span<const Argument> arguments,
                        std::span<const std::string> fail_if) {
  Imports imports(names_in(classes));
  std::string body = arguments_text(arguments, describe(classes, arguments, fail_if), imports);
  for (const auto* user_class : classes) body += class_text(*user_class, imports);
  return fmt::format(
      R"("""The master's version of a C++ locustfile, written by `cpp-worker --print-locustfile` ({}).

Start the master with it: locust --master -f <this file>. The users run in cpp-worker. The master
reads their classes, weights, fixed counts, hosts and arguments from this file. Generate it again
when these change in the C++ file; `--print-locustfile --check <this file>` checks whether they have.
"""

import argparse
import time

{}


def runs_in_cpp_worker():
    time.sleep(1)
    raise NotImplementedError("this task runs in cpp-worker, not in Python")
{})",
      CPPWORKER_VERSION, imports.text(), body);
}

}  // namespace cppworker::loader
