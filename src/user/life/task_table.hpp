#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <cppworker/detail/user_class.hpp>
#include <cppworker/value.hpp>

namespace cppworker::detail {

/// Locust's --tags and --exclude-tags: the tasks to which a test run is limited.
struct TagFilter {
  std::set<std::string, std::less<>> tags{};          ///< empty: all tasks
  std::set<std::string, std::less<>> exclude_tags{};  ///< have precedence over `tags`

  /// Reads the lists `tags` and `exclude_tags` of the master's parsed_options.
  [[nodiscard]] static TagFilter of(const Value& parsed_options);
  [[nodiscard]] bool empty() const { return tags.empty() && exclude_tags.empty(); }
  bool operator==(const TagFilter&) const = default;
};

/// The tasks from which a user class or TaskSet picks the next one.
struct TaskChoices {
  std::vector<const TaskRow*> rows;  ///< each repeated by its weight, in the order of tasks()
  /// MarkovTaskSet only: for each row, the indices of the rows that may follow, repeated by weight.
  std::vector<std::vector<std::uint32_t>> next;
};

/// The tasks of all user classes and TaskSets of a shard, after weights, tags and the class picker
/// of the master are applied. The addresses of the TaskChoices do not change. A change takes effect
/// when a user picks its next task.
class TaskTable {
 public:
  /// @param logs_warnings whether it logs warnings about the tables; true on one shard only
  TaskTable(std::span<const UserClass* const> user_classes, bool logs_warnings);

  /// Replaces the tag filter of all tables.
  void filter(TagFilter filter);

  /// Limits the user class to these tasks (the class picker). Returns false and changes nothing if
  /// none of them is known.
  bool pick(const UserClass& user_class, std::span<const std::string> tasks);

  /// From now on, a user class picks from its tasks and those of its TaskSets, to any depth, each
  /// with the same probability and without entering the sets. Weights, the order of a
  /// SequentialTaskSet and transitions have no effect. As in Locust, a task with the weight 0 is
  /// never picked.
  void use_equal_weights();
  /// With equal weights: the TaskSets that contain a task of a user class, the outermost first.
  /// Empty for the class's own tasks.
  [[nodiscard]] std::span<const TaskSetClass* const> sets_around(const TaskRow& row) const;

  [[nodiscard]] const TaskChoices& of(const UserClass& user_class) const {
    return users_.at(&user_class);
  }
  /// As in Locust, a TaskSet that is in no table (it is only scheduled) is not filtered.
  [[nodiscard]] const TaskChoices& of(const TaskSetClass& task_set);

 private:
  using TagSet = std::set<std::string_view>;

  void learn(std::span<const TaskRow> rows, const TagSet& inherited);
  void learn(const TaskSetClass& task_set, const TagSet& inherited);
  void refresh(const UserClass& user_class);
  void add_equally(const TaskRow& row, std::vector<const TaskSetClass*>& sets,
                   TaskChoices& choices);
  void choose(const TaskSetClass& task_set, const TagFilter& filter);
  void choose_markov(const TaskSetClass& task_set);
  bool passes(const TaskRow& row, const TagSet& inherited, const TagFilter& filter);
  void warn_if_empty(std::string_view name, const TaskChoices& choices) const;

  std::vector<const UserClass*> user_classes_;
  bool logs_warnings_;
  TagFilter filter_;
  bool equal_weights_ = false;
  std::unordered_map<const TaskRow*, std::vector<const TaskSetClass*>> sets_around_;
  std::unordered_map<const UserClass*, TaskChoices> users_;
  std::unordered_map<const TaskSetClass*, TaskChoices> task_sets_;
  std::map<const TaskSetClass*, TagSet> inherited_tags_;  // from the rows that list the set
  std::map<const UserClass*, std::set<std::string, std::less<>>> picked_;  // by the class picker
};

}  // namespace cppworker::detail
