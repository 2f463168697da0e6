#include "app/task_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cppworker/json.hpp>

#include "app/config_users.hpp"
#include "report/numbers.hpp"
#include "user/life/task_table.hpp"

namespace cppworker::app {
namespace {

using detail::TaskRow;

struct Ratio {
  std::string_view name;
  double ratio = 0;
  bool has_tasks = false;  ///< a user class or TaskSet
  std::vector<Ratio> tasks{};
};

/// Locust's `_calc_distribution`: the users of each class.
std::vector<double> distribution(const RatioInput& input) {
  std::vector<detail::ClassAttributes> attributes;
  double fixed_count = 0;
  double total_weight = 0;
  for (const detail::UserClass* user_class : input.user_classes) {
    attributes.push_back(configured_attributes(*user_class, input.config_users));
    fixed_count += attributes.back().fixed_count;
    if (attributes.back().fixed_count == 0) total_weight += attributes.back().weight;
  }
  auto users = static_cast<double>(input.users.value_or(0));
  if (users == 0) users = fixed_count > 0 ? 1 : total_weight;
  const double weighted_count = std::max(0.0, users - fixed_count);
  std::vector<double> counts;
  for (const detail::ClassAttributes& one : attributes) {
    const double count = one.fixed_count > 0 ? one.fixed_count
                         : one.weight > 0    ? one.weight / total_weight * weighted_count
                                             : 0;
    counts.push_back(std::nearbyint(count));  // as Python's round(): halves to the even number
  }
  return counts;
}

class Ratios {
 public:
  explicit Ratios(const RatioInput& input)
      : input_(input), table_(input.user_classes, false), counts_(distribution(input)) {
    for (const Value& config : input.config_users) pick_tasks(config);
  }

  /// @param in_total true: ratios of all tasks of the run; false: of the tasks of a class or
  /// TaskSet
  std::vector<Ratio> get(bool in_total) {
    double users = 0;
    for (const double count : counts_) users += count;
    if (users == 0) users = 1;
    std::vector<Ratio> ratios;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const detail::UserClass& user_class = *input_.user_classes[i];
      const double ratio = counts_[i] / users;
      ratios.push_back(
          {user_class.name, ratio, true, tasks(table_.of(user_class).rows, in_total, ratio)});
    }
    return ratios;
  }

 private:
  void pick_tasks(const Value& config) {
    const Value* const names = config.find("tasks");
    if (names == nullptr || names->as_list() == nullptr) return;
    std::vector<std::string> picked;
    for (const Value& name : *names->as_list()) {
      if (const std::string* text = name.as_string()) picked.push_back(*text);
    }
    for (const detail::UserClass* user_class : input_.user_classes) {
      if (config["user_class_name"] == Value(user_class->name))
        (void)table_.pick(*user_class, picked);
    }
  }

  /// @param rows each repeated by its weight
  std::vector<Ratio> tasks(const std::vector<const TaskRow*>& rows, bool in_total, double parent) {
    std::vector<Ratio> ratios;
    for (auto first = rows.begin(); first != rows.end(); ++first) {
      if (std::find(rows.begin(), first, *first) != first) continue;
      const auto number = static_cast<double>(std::count(first, rows.end(), *first));
      const double ratio = number * (in_total ? parent : 1) / static_cast<double>(rows.size());
      ratios.push_back({(*first)->name, ratio});
      const detail::TaskSetClass* const set = (*first)->task_set;
      if (set == nullptr) continue;
      ratios.back().has_tasks = true;
      // The transitions of a MarkovTaskSet are not ratios of its tasks. Locust lists none.
      if (set->kind == detail::TaskSetKind::kMarkov) continue;
      ratios.back().tasks = tasks(table_.of(*set).rows, in_total, ratio);
    }
    return ratios;
  }

  const RatioInput& input_;
  detail::TaskTable table_;
  std::vector<double> counts_;
};

std::string table_text(const std::vector<Ratio>& ratios, std::size_t level = 0) {
  const std::string padding(2 * level, ' ');
  std::string text;
  for (const Ratio& one : ratios) {
    const std::string percent = fmt::format("{}{:<6.1f}", padding, one.ratio * 100);
    text += fmt::format(" {:<10} {:<50}\n", percent, fmt::format("{}{}", padding, one.name));
    text += table_text(one.tasks, level + 1);
  }
  return text;
}

std::string json_text(const std::vector<Ratio>& ratios, const std::string& indent) {
  if (ratios.empty()) return "{}";
  std::vector<std::string> members;
  for (const Ratio& one : ratios) {
    std::string member = fmt::format("{0}    {1}: {{\n{0}        \"ratio\": {2}", indent,
                                     to_json(Value(one.name)), report::float_text(one.ratio));
    if (one.has_tasks) {
      member += fmt::format(",\n{}        \"tasks\": {}", indent,
                            json_text(one.tasks, indent + "        "));
    }
    members.push_back(fmt::format("{}\n{}    }}", member, indent));
  }
  return fmt::format("{{\n{}\n{}}}", fmt::join(members, ",\n"), indent);
}

}  // namespace

std::string task_ratio_text(const RatioInput& input) {
  Ratios ratios(input);
  const std::string line(80, '-');
  return fmt::format("\n Task ratio per User class\n{0}\n{1}\n Total task ratio\n{0}\n{2}", line,
                     table_text(ratios.get(false)), table_text(ratios.get(true)));
}

std::string task_ratio_json(const RatioInput& input) {
  Ratios ratios(input);
  return fmt::format("{{\n    \"per_class\": {},\n    \"total\": {}\n}}\n",
                     json_text(ratios.get(false), "    "), json_text(ratios.get(true), "    "));
}

}  // namespace cppworker::app
