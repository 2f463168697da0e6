#include "user/life/task_table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/detail/markov.hpp>

#include "base/check.hpp"

namespace cppworker::detail {

namespace {

std::set<std::string, std::less<>> strings_of(const Value* value) {
  std::set<std::string, std::less<>> strings;
  if (const Value::List* list = value == nullptr ? nullptr : value->as_list()) {
    for (const Value& item : *list) {
      if (const std::string* text = item.as_string()) {
        strings.insert(*text);
      }
    }
  }
  return strings;
}

/// The names of the tasks that cannot be reached from the first task.
std::vector<std::string_view> unreachable_tasks(const TaskSetClass& task_set,
                                                const TaskChoices& choices) {
  std::vector<bool> reached(task_set.tasks.size());
  std::vector<std::uint32_t> open{0};
  while (!open.empty()) {
    const std::uint32_t row = open.back();
    open.pop_back();
    if (!reached[row]) {
      reached[row] = true;
      open.insert(open.end(), choices.next[row].begin(), choices.next[row].end());
    }
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (!reached[i]) {
      names.push_back(task_set.tasks[i].name);
    }
  }
  return names;
}

/// The name of a task without "_" at its end, which the Python or the C++ locustfile needs if the
/// name is a keyword there: `delete_`.
std::string_view bare(std::string_view name) {
  return name.substr(0, name.find_last_not_of('_') + 1);
}

}  // namespace

TagFilter TagFilter::of(const Value& parsed_options) {
  return {.tags = strings_of(parsed_options.find("tags")),
          .exclude_tags = strings_of(parsed_options.find("exclude_tags"))};
}

TaskTable::TaskTable(std::span<const UserClass* const> user_classes, bool logs_warnings)
    : user_classes_(user_classes.begin(), user_classes.end()), logs_warnings_(logs_warnings) {
  for (const UserClass* user_class : user_classes_) {
    learn(user_class->tasks, {});
  }
  filter({});
}

const TaskChoices& TaskTable::of(const TaskSetClass& task_set) {
  const auto known = task_sets_.find(&task_set);
  if (known != task_sets_.end()) {
    return known->second;
  }
  learn(task_set, {});
  if (task_set.kind != TaskSetKind::kMarkov) {
    choose(task_set, {});
  }
  return task_sets_.at(&task_set);
}

void TaskTable::learn(std::span<const TaskRow> rows, const TagSet& inherited) {
  for (const TaskRow& row : rows) {
    if (row.task_set != nullptr) {
      TagSet tags = inherited;
      tags.insert(row.tags.begin(), row.tags.end());
      learn(*row.task_set, tags);
    }
  }
}

void TaskTable::learn(const TaskSetClass& task_set, const TagSet& inherited) {
  const bool is_new = !task_sets_.contains(&task_set);
  TaskChoices& choices = task_sets_[&task_set];
  inherited_tags_[&task_set].insert(inherited.begin(), inherited.end());
  if (task_set.kind == TaskSetKind::kMarkov && is_new) {
    choose_markov(task_set);
    const std::vector<std::string_view> unreachable = unreachable_tasks(task_set, choices);
    if (!unreachable.empty() && logs_warnings_) {
      spdlog::warn("The following markov tasks are unreachable in class {}: {}", task_set.name,
                   fmt::join(unreachable, ", "));
    }
  }
  learn(task_set.tasks, inherited_tags_[&task_set]);
}

void TaskTable::filter(TagFilter filter) {
  filter_ = std::move(filter);
  for (const UserClass* user_class : user_classes_) {
    refresh(*user_class);
  }
}

bool TaskTable::pick(const UserClass& user_class, std::span<const std::string> tasks) {
  std::set<std::string, std::less<>> known;
  for (const TaskRow& row : user_class.tasks) {
    const auto is_named = [&row](std::string_view task) { return bare(task) == bare(row.name); };
    if (std::any_of(tasks.begin(), tasks.end(), is_named)) {
      known.emplace(row.name);
    }
  }
  if (known.empty()) {
    return false;
  }
  picked_[&user_class] = std::move(known);
  refresh(user_class);
  return true;
}

void TaskTable::refresh(const UserClass& user_class) {
  TaskChoices& choices = users_[&user_class];
  choices.rows.clear();
  const auto picked = picked_.find(&user_class);
  for (const TaskRow& row : user_class.tasks) {
    if (!passes(row, {}, filter_) ||
        (picked != picked_.end() && !picked->second.contains(row.name))) {
      continue;
    }
    if (equal_weights_) {
      std::vector<const TaskSetClass*> sets;
      if (row.weight > 0) add_equally(row, sets, choices);
    } else {
      choices.rows.insert(choices.rows.end(), static_cast<std::size_t>(row.weight), &row);
    }
  }
  warn_if_empty(user_class.name, choices);
}

void TaskTable::use_equal_weights() {
  equal_weights_ = true;
  for (const UserClass* user_class : user_classes_) refresh(*user_class);
}

std::span<const TaskSetClass* const> TaskTable::sets_around(const TaskRow& row) const {
  if (!equal_weights_) return {};
  const auto found = sets_around_.find(&row);
  return found == sets_around_.end() ? std::span<const TaskSetClass* const>{} : found->second;
}

/// Adds the row or, if it is a TaskSet, the tasks in it, at any depth.
/// @param sets the TaskSets that contain the row
void TaskTable::add_equally(const TaskRow& row, std::vector<const TaskSetClass*>& sets,
                            TaskChoices& choices) {
  if (row.task_set != nullptr) {
    sets.push_back(row.task_set);
    for (const TaskRow* inner : task_sets_.at(row.task_set).rows)
      add_equally(*inner, sets, choices);
    sets.pop_back();
    return;
  }
  const auto is_known = [&](const TaskRow* known) { return known->run == row.run; };
  if (std::ranges::any_of(choices.rows, is_known)) return;
  choices.rows.push_back(&row);
  if (!sets.empty()) sets_around_[&row] = sets;
}

void TaskTable::choose(const TaskSetClass& task_set, const TagFilter& filter) {
  TaskChoices& choices = task_sets_.at(&task_set);
  choices.rows.clear();
  for (const TaskRow& row : task_set.tasks) {
    if (passes(row, inherited_tags_.at(&task_set), filter)) {
      choices.rows.insert(choices.rows.end(), static_cast<std::size_t>(row.weight), &row);
    }
  }
  warn_if_empty(task_set.name, choices);
}

void TaskTable::choose_markov(const TaskSetClass& task_set) {
  TaskChoices& choices = task_sets_.at(&task_set);
  DCHECK(choices.rows.empty() && choices.next.empty());
  for (const TaskRow& row : task_set.tasks) {
    choices.rows.push_back(&row);
    std::vector<std::uint32_t>& next = choices.next.emplace_back();
    for (const Transition& transition : row.transitions) {
      const std::size_t to = find_row(task_set.tasks, transition.to);
      CHECK(to < task_set.tasks.size());
      next.insert(next.end(), static_cast<std::size_t>(transition.weight),
                  static_cast<std::uint32_t>(to));
    }
  }
}

/// A TaskSet passes if any of its tasks passes. A MarkovTaskSet always passes, with all its tasks.
bool TaskTable::passes(const TaskRow& row, const TagSet& inherited, const TagFilter& filter) {
  if (row.task_set != nullptr) {
    if (row.task_set->kind == TaskSetKind::kMarkov) {
      for (const TaskRow& inner : row.task_set->tasks) {
        passes(inner, {}, {});
      }
      return true;
    }
    choose(*row.task_set, filter);
    return !task_sets_.at(row.task_set).rows.empty();
  }
  const auto has_any_of = [&](const auto& wanted) {
    const auto is_wanted = [&](std::string_view tag) { return wanted.contains(tag); };
    return std::any_of(row.tags.begin(), row.tags.end(), is_wanted) ||
           std::any_of(inherited.begin(), inherited.end(), is_wanted);
  };
  return (filter.tags.empty() || has_any_of(filter.tags)) && !has_any_of(filter.exclude_tags);
}

void TaskTable::warn_if_empty(std::string_view name, const TaskChoices& choices) const {
  if (choices.rows.empty() && logs_warnings_) {
    spdlog::warn("{} had no tasks left after filtering, instantiating it will fail!", name);
  }
}

}  // namespace cppworker::detail
