#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/compile.hpp"

namespace cppworker::loader {

/// The command that compiles and links a locustfile in one step: `compiler`, `compile`, the source,
/// `link`.
struct CompilerCommand {
  std::vector<std::string> compiler{};  ///< the first word is the program's path
  std::vector<std::string> compile{};
  std::vector<std::string> link{};
};

/// Throws Error if no compiler is installed.
[[nodiscard]] CompilerCommand compiler_command(const CompileOptions& options);

}  // namespace cppworker::loader
