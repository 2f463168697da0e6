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

/// Which tasks a run is limited to: Locust's --tags and --exclude-tags.
struct TagFilter {
  std::set<std::string, std::less<>> tags{};          ///< empty: all tasks
  std::set<std::string, std::less<>> exclude_tags{};  ///< these win

  /// The lists `tags` and `exclude_tags` of the master's parsed_options.
  [[nodiscard]] static TagFilter of(const Value& parsed_options);
  [[nodiscard]] bool empty() const { return tags.empty() && exclude_tags.empty(); }
  bool operator==(const TagFilter&) const = default;
};

/// What a user class or TaskSet picks its next task from.
struct TaskChoices {
  std::vector<const TaskRow*> rows;  ///< each as often as its weight, in the order of tasks()
  /// Of a MarkovTaskSet: for each row the indices of those that may follow, by their weights.
  std::vector<std::vector<std::uint32_t>> next;
};

/// The tasks of all user classes of a shard and of their TaskSets, after weights, tags and the
/// master's class picker. Addresses of TaskChoices stay; a running set notices the change when it
/// picks its next task.
class TaskTable {
 public:
  /// @param says who logs what authors should know of their tables: one shard is enough.
  TaskTable(std::span<const UserClass* const> user_classes, bool says);

  /// Picks anew what remains of each table.
  void filter(TagFilter filter);

  /// The class picker: from now on only these tasks of the user class. False if none of them is
  /// known; then nothing has changed.
  bool pick(const UserClass& user_class, std::span<const std::string> tasks);

  [[nodiscard]] const TaskChoices& of(const UserClass& user_class) const {
    return users_.at(&user_class);
  }
  /// A set that stands in no table (it is only scheduled) is not filtered, as in Locust.
  [[nodiscard]] const TaskChoices& of(const TaskSetClass& task_set);

 private:
  using TagSet = std::set<std::string_view>;

  void learn(std::span<const TaskRow> rows, const TagSet& inherited);
  void learn(const TaskSetClass& task_set, const TagSet& inherited);
  void refresh(const UserClass& user_class);
  void choose(const TaskSetClass& task_set, const TagFilter& filter);
  void choose_markov(const TaskSetClass& task_set);
  bool passes(const TaskRow& row, const TagSet& inherited, const TagFilter& filter);
  void warn_if_empty(std::string_view name, const TaskChoices& choices) const;

  std::vector<const UserClass*> user_classes_;
  bool says_;
  TagFilter filter_;
  std::unordered_map<const UserClass*, TaskChoices> users_;
  std::unordered_map<const TaskSetClass*, TaskChoices> task_sets_;
  std::map<const TaskSetClass*, TagSet> inherited_tags_;  // from the rows that list a set
  std::map<const UserClass*, std::set<std::string, std::less<>>> picked_;  // by the class picker
};

}  // namespace cppworker::detail
