#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The name of a task or class in Python. A "_" is appended if Python or Locust uses the name.
[[nodiscard]] std::string python_name(std::string_view name);

/// A literal in double quotes.
[[nodiscard]] std::string python_string(std::string_view text);
/// `"a", "b"`
[[nodiscard]] std::string python_strings(std::span<const std::string_view> texts);

/// The names that a file imports from Locust. An author's class may have the same name as one of
/// them.
class Imports {
 public:
  /// @param taken names that the file defines itself
  explicit Imports(std::vector<std::string> taken) : taken_(std::move(taken)) {}

  /// Imports Locust's `name` and returns the name that the file uses for it.
  std::string use(const std::string& name);
  /// The import line.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> taken_;
  std::vector<std::string> lines_;
};

}  // namespace cppworker::loader
