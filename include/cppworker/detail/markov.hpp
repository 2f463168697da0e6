#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <cppworker/detail/task_row.hpp>

/// The checks that Locust makes when a MarkovTaskSet class is created, at compile time.
namespace cppworker::detail {

/// Index of the row with this name; rows.size() if there is none.
constexpr std::size_t find_row(std::span<const TaskRow> rows, std::string_view name) {
  std::size_t i = 0;
  while (i < rows.size() && rows[i].name != name) {
    ++i;
  }
  return i;
}

struct MarkovFaults {
  bool has_no_way_on = false;
  bool has_unknown_target = false;
  bool has_tags = false;
  bool has_weight = false;
  bool lists_twice = false;
};

constexpr MarkovFaults markov_faults(std::span<const TaskRow> rows) {
  MarkovFaults faults;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const TaskRow& row = rows[i];
    int weights = 0;
    for (const Transition& transition : row.transitions) {
      weights += transition.weight;
      faults.has_unknown_target |= find_row(rows, transition.to) == rows.size();
    }
    faults.has_no_way_on |= weights == 0;
    faults.has_tags |= !row.tags.empty();
    faults.has_weight |= row.weight != 1;
    faults.lists_twice |= find_row(rows, row.name) != i;
  }
  return faults;
}

/// @tparam Rows the table of the MarkovTaskSet `Set`
template <class Set, const auto& Rows>
constexpr void check_markov() {
  constexpr MarkovFaults kFaults = markov_faults(Rows);
  static_assert(!Rows.empty(), "MarkovTaskSet: tasks() lists no task");
  static_assert(!kFaults.has_no_way_on,
                "MarkovTaskSet: every task needs `.transitions = {{\"other_task\", 3}, …}` with a "
                "weight above 0");
  static_assert(!kFaults.has_unknown_target,
                "MarkovTaskSet: a transition names a task that tasks() does not list");
  static_assert(!kFaults.has_tags,
                "MarkovTaskSet: tags are unsupported since they can make the markov chain invalid");
  static_assert(!kFaults.has_weight,
                "MarkovTaskSet: its tasks can't have a weight; set the weights in .transitions");
  static_assert(!kFaults.lists_twice, "MarkovTaskSet: tasks() lists a task twice");
}

}  // namespace cppworker::detail
