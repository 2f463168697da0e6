#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace cppworker {

/// A task's tags: `.tags = {"read", "slow"}`. At least one, at most 8. Use string literals, because
/// the texts are not copied.
class Tags {
 public:
  constexpr Tags(std::initializer_list<std::string_view> names) {  // NOLINT: as in braces
    if (names.size() == 0 || names.size() > names_.size()) {
      throw "task(): .tags needs at least one tag name, and at most 8";
    }
    for (const std::string_view name : names) {
      if (name.empty()) {
        throw "task(): a tag's name can't be empty";
      }
      names_[size_++] = name;
    }
  }
  /// The tags of a task without `.tags`.
  static constexpr Tags none() { return Tags(None{}); }

  [[nodiscard]] constexpr const std::string_view* begin() const { return names_.data(); }
  [[nodiscard]] constexpr const std::string_view* end() const { return begin() + size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

 private:
  struct None {};
  constexpr explicit Tags(None) {}
  std::array<std::string_view, 8> names_{};
  std::size_t size_ = 0;
};

/// A transition to another task of a MarkovTaskSet, with its weight among the task's transitions.
struct Transition {
  constexpr Transition(const char* to_task) : to(to_task) {}  // NOLINT: as in braces
  constexpr Transition(std::string_view to_task, int weight_of_it)
      : to(to_task), weight(weight_of_it) {}
  constexpr Transition() = default;
  std::string_view to{};  ///< the name of a method or TaskSet in the same tasks()
  int weight = 1;
};

/// The transitions of a task: `.transitions = {{"index", 3}, "checkout"}`. At most 16.
class Transitions {
 public:
  constexpr Transitions() = default;
  constexpr Transitions(std::initializer_list<Transition> transitions) {  // NOLINT: as in braces
    if (transitions.size() > transitions_.size()) {
      throw "task(): .transitions takes at most 16 transitions";
    }
    for (const Transition& transition : transitions) {
      if (transition.weight < 0) {
        throw "task(): the weight of a transition can't be negative";
      }
      transitions_[size_++] = transition;
    }
  }
  [[nodiscard]] constexpr const Transition* begin() const { return transitions_.data(); }
  [[nodiscard]] constexpr const Transition* end() const { return begin() + size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

 private:
  std::array<Transition, 16> transitions_{};
  std::size_t size_ = 0;
};

/// The counterpart of the decorators in Python: `@task(3)`, `@tag("read")`,
/// `@transitions({"index": 3})`.
struct TaskOptions {
  int weight = 1;             ///< relative frequency of the task; 0: it is never picked
  Tags tags = Tags::none();   ///< the tags of a TaskSet apply to all its tasks
  Transitions transitions{};  ///< only for tasks of a MarkovTaskSet
};

}  // namespace cppworker
