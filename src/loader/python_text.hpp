#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The name that a task or class has in Python: with a "_" at its end where Python or Locust use
/// it.
[[nodiscard]] std::string python_name(std::string_view name);

/// A literal in double quotes.
[[nodiscard]] std::string python_string(std::string_view text);
/// `"a", "b"`
[[nodiscard]] std::string python_strings(std::span<const std::string_view> texts);

/// What a file needs of Locust. A class of the author's may have the same name as one of these.
class Imports {
 public:
  /// @param taken names that the file defines itself.
  explicit Imports(std::vector<std::string> taken) : taken_(std::move(taken)) {}

  /// The name by which the file knows locust's `name`.
  std::string use(const std::string& name);
  /// The import line.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> taken_;
  std::vector<std::string> lines_;
};

}  // namespace cppworker::loader
