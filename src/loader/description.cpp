#include "loader/description.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>

#include "base/check.hpp"
#include "loader/files.hpp"
#include "loader/process.hpp"
#include "loader/python_text.hpp"

namespace cppworker::loader {
namespace {

/// Whole numbers become ints: 3, not 3.0.
Value number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return std::abs(value) < 1e15 && value == static_cast<double>(whole) ? Value(whole)
                                                                       : Value(value);
}

Value default_of(const Argument& argument) {
  const ArgumentDefault& fallback = argument.default_value;
  switch (fallback.kind) {
    case ArgumentDefault::Kind::kNone:
      break;
    case ArgumentDefault::Kind::kText:
      return fallback.text;
    case ArgumentDefault::Kind::kInt:
    case ArgumentDefault::Kind::kFloat:
      return number(fallback.number);
    case ArgumentDefault::Kind::kBool:
      return fallback.flag;
  }
  return nullptr;
}

struct Task {
  std::string name;
  int weight = 0;
  std::set<std::string_view> tags;
};

/// Adds the tasks by name ("Set.task" for those of a TaskSet), with their own and inherited tags.
void add_tasks(std::span<const detail::TaskRow> rows, const std::string& path,
               const std::set<std::string_view>& inherited, std::vector<Task>& tasks) {
  for (const detail::TaskRow& row : rows) {
    if (row.weight == 0) continue;
    const std::string name = path + python_name(row.name);
    auto task = std::find_if(tasks.begin(), tasks.end(),
                             [&name](const Task& known) { return known.name == name; });
    const bool known = task != tasks.end();
    if (!known) task = tasks.insert(tasks.end(), {.name = name, .tags = {}});
    task->weight += row.weight;
    std::set<std::string_view> tags = inherited;
    tags.insert(row.tags.begin(), row.tags.end());
    // As with Locust's @tag, the tags of a set apply to its tasks only.
    if (!tags.empty() && row.task_set == nullptr) task->tags = tags;
    const bool is_deep = std::count(name.begin(), name.end(), '.') > 20;  // a set may list itself
    if (row.task_set != nullptr && !known && !is_deep) {
      add_tasks(row.task_set->tasks, name + ".", tags, tasks);
    }
  }
}

Value tasks_of(const detail::UserClass& user_class) {
  std::vector<Task> tasks;
  add_tasks(user_class.tasks, "", {}, tasks);
  Value::Map described;
  for (Task& task : tasks) {
    Value::Map members{{"weight", task.weight}};
    if (!task.tags.empty()) {
      members.emplace_back("tags", Value::List(task.tags.begin(), task.tags.end()));
    }
    described.emplace_back(std::move(task.name), std::move(members));
  }
  return described;
}

/// "delete" for "delete_", in each part of "Set.delete_". C++ and Python have different keywords,
/// so one of the two files may need the "_".
std::string without_underscores(std::string_view name) {
  std::string bare;
  for (const char c : name) {
    if (c == '.') bare.erase(bare.find_last_not_of('_') + 1);
    bare += c;
  }
  bare.erase(bare.find_last_not_of('_') + 1);
  return bare;
}

/// The tasks of a class by their names without underscores. Tasks with the same name count as one.
Value::Map tasks_by_name(const Value::Map& tasks) {
  Value::Map result;
  for (const auto& [name, task] : tasks) {
    const std::string bare = without_underscores(*name.as_string());
    const auto same = std::find_if(result.begin(), result.end(), [&bare](const auto& known) {
      return *known.first.as_string() == bare;
    });
    if (same == result.end()) {
      result.emplace_back(bare, task);
      continue;
    }
    double weight = 0;
    double more = 0;
    const Value* const known = std::as_const(same->second).find("weight");
    const Value* const added = task.find("weight");
    if (known == nullptr || added == nullptr || !known->to_double(weight) ||
        !added->to_double(more)) {
      continue;
    }
    Value::Map members{{"weight", number(weight + more)}};
    std::set<std::string> tags;
    const Value& known_task = same->second;
    for (const Value* described : {&known_task, &task}) {
      const Value* const list = described->find("tags");
      if (list == nullptr || list->as_list() == nullptr) continue;
      for (const Value& tag : *list->as_list()) {
        if (tag.as_string() != nullptr) tags.insert(*tag.as_string());
      }
    }
    if (!tags.empty()) members.emplace_back("tags", Value::List(tags.begin(), tags.end()));
    same->second = std::move(members);
  }
  return result;
}

/// The keys of both maps, those of `a` first.
std::vector<std::string> keys_of(const Value::Map& a, const Value::Map& b) {
  std::vector<std::string> keys;
  for (const Value::Map* map : {&a, &b}) {
    for (const auto& [name, value] : *map) {
      const std::string& key = *name.as_string();
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

/// As in Python, 1 == 1.0.
bool are_equal(const Value& a, const Value& b) {
  double number_a = 0;
  double number_b = 0;
  return a == b || (a.to_double(number_a) && b.to_double(number_b) && number_a == number_b);
}

/// Adds the differences below `what` to `found`, down to single values.
void compare(const std::string& what, const Value& masters, const Value& ours,
             std::vector<std::string>& found) {
  if (masters.as_map() != nullptr && ours.as_map() != nullptr) {
    const bool are_tasks = what.ends_with(".tasks");
    const Value theirs = are_tasks ? tasks_by_name(*masters.as_map()) : masters;
    const Value own = are_tasks ? tasks_by_name(*ours.as_map()) : ours;
    for (const std::string& key : keys_of(*theirs.as_map(), *own.as_map())) {
      const std::string name = what.empty() ? key : what + "." + key;
      const Value* masters_member = theirs.find(key);
      const Value* our_member = own.find(key);
      if (our_member == nullptr) {
        found.push_back(fmt::format("{} is only in the master's locustfile", name));
      } else if (masters_member == nullptr) {
        found.push_back(fmt::format("{} is only in this worker's locustfile", name));
      } else {
        compare(name, *masters_member, *our_member, found);
      }
    }
  } else if (!are_equal(masters, ours)) {
    found.push_back(fmt::format("{} is {} on the master and {} on this worker",
                                what.empty() ? "classes" : what, to_json(masters), to_json(ours)));
  }
}

/// Adds a sentence for each threshold that only one of the lists has. Files that an older version
/// printed, and Python files that an author wrote, have no list.
void compare_thresholds(const Value* masters, const Value* ours, std::vector<std::string>& found) {
  if (masters == nullptr || masters->as_list() == nullptr) return;
  CHECK(ours != nullptr && ours->as_list() != nullptr);
  const auto note_missing = [&](const Value::List& list, const Value::List& other,
                                const char* whose) {
    for (const Value& text : list) {
      if (std::find(other.begin(), other.end(), text) != other.end()) continue;
      found.push_back(
          fmt::format("the threshold {} is only in {} locustfile", to_json(text), whose));
    }
  };
  note_missing(*masters->as_list(), *ours->as_list(), "the master's");
  note_missing(*ours->as_list(), *masters->as_list(), "this worker's");
}

/// Prints the description of a Python file in the format of describe().
constexpr const char* kDescribe = R"PY(
import json, os, runpy, sys
from locust import argument_parser, events
from locust.util.load_locustfile import is_user_class

def tasks_of(holder, path=""):
    tasks = holder.tasks
    if type(holder).__name__ == "MarkovTaskSetMeta":
        tasks = list(dict.fromkeys(f for f in vars(holder).values() if hasattr(f, "transitions")))
    described = {}
    for task in tasks:
        name = path + task.__name__
        entry = described.setdefault(name, {"weight": 0})
        entry["weight"] += 1
        if tags := sorted(getattr(task, "locust_tag_set", ())):
            entry["tags"] = tags
    for task in dict.fromkeys(tasks):
        if isinstance(task, type):
            described.update(tasks_of(task, path + task.__name__ + "."))
    return described

def whole(number):
    return int(number) if number == int(number) else number

file = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
module = runpy.run_path(file, run_name="locustfile")
classes = {
    c.__name__: {"weight": whole(c.weight), "fixed_count": c.fixed_count, "host": c.host or "",
                 "tasks": tasks_of(c)}
    for c in module.values() if is_user_class(c)
}
parser = argument_parser.get_empty_argument_parser(default_config_files=[])
argument_parser.setup_parser_arguments(parser)
known = {action.dest for action in parser._actions}
events.init_command_line_parser.fire(parser=parser)
arguments = {
    a.dest: ",".join(map(str, a.default)) if isinstance(a.default, list) else a.default
    for a in parser._actions if a.dest not in known and a.dest != "cpp_worker_locustfile"
}
printed = [json.loads(a.default) for a in parser._actions if a.dest == "cpp_worker_locustfile"]
thresholds = {"fail_if": p["fail_if"] for p in printed if "fail_if" in p}
print(json.dumps({"classes": classes, "arguments": arguments, **thresholds}))
)PY";

}  // namespace

std::string destination(const Argument& argument) {
  for (std::string& name : split_list({std::string(argument.name)})) {
    if (name.starts_with("--")) {
      name.erase(0, 2);
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    }
  }
  return {};
}

std::string describe(UserClasses classes, std::span<const Argument> arguments,
                     std::span<const std::string> fail_if) {
  Value::Map described_classes;
  for (const auto* user_class : classes) {
    const detail::ClassAttributes attributes = user_class->attributes();
    described_classes.emplace_back(user_class->name,
                                   Value::Map{{"weight", number(attributes.weight)},
                                              {"fixed_count", attributes.fixed_count},
                                              {"host", attributes.host},
                                              {"tasks", tasks_of(*user_class)}});
  }
  Value::Map described_arguments;
  for (const Argument& argument : arguments) {
    described_arguments.emplace_back(destination(argument), default_of(argument));
  }
  return to_json(Value::Map{{"classes", std::move(described_classes)},
                            {"arguments", std::move(described_arguments)},
                            {"fail_if", Value::List(fail_if.begin(), fail_if.end())}});
}

std::vector<std::string> differences(std::string_view masters, std::string_view ours) {
  Value theirs;
  try {
    theirs = parse_json(masters);
  } catch (const JSONDecodeError&) {
  }
  if (theirs.as_map() == nullptr) return {"the master's description can't be read"};
  const Value own = parse_json(ours);
  std::vector<std::string> found;
  for (const char* part : {"classes", "arguments"}) {
    const Value* member = theirs.find(part);
    compare("", member == nullptr ? Value::Map{} : *member, own[part], found);
  }
  compare_thresholds(theirs.find("fail_if"), own.find("fail_if"), found);
  return found;
}

std::string describe_python_file(const std::string& file, const std::string& python) {
  if (!std::filesystem::is_regular_file(file))
    throw Error(fmt::format("Could not find '{}'", file));
  const ProgramOutput run = run_and_read({python, "-c", kDescribe, file});
  if (!run.status.ok()) {
    throw Error(fmt::format(
        "Could not read '{}' with {}: see its messages above. This needs a Python with Locust "
        "installed; set it with CPPWORKER_PYTHON, as in CPPWORKER_PYTHON=venv/bin/python.",
        file, python));
  }
  return run.output;
}

}  // namespace cppworker::loader
