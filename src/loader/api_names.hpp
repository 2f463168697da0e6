#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// A data member of a struct.
struct ApiMember {
  std::string type;
  std::string name;
};

/// Names in the library's public headers, for messages about mistakes. Reads the headers anew each
/// time, because it is only used when a locustfile does not compile.
class ApiNames {
 public:
  /// @param include_dir holds cppworker/locust.hpp
  explicit ApiNames(std::filesystem::path include_dir) : include_dir_(std::move(include_dir)) {}

  /// The members of a struct, in their order: `members("RequestOptions")`; empty if there is no
  /// such struct.
  [[nodiscard]] std::vector<ApiMember> members(std::string_view type) const;
  /// All identifiers of the public headers' code, each once.
  [[nodiscard]] std::vector<std::string> identifiers() const;
  /// The names of the headers, as in #include <…>.
  [[nodiscard]] std::vector<std::string> headers() const;

 private:
  std::filesystem::path include_dir_;
};

}  // namespace cppworker::loader
