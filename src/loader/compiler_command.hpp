#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/compile.hpp"

namespace cppworker::loader {

/// How a locustfile is compiled and linked in one go: `compiler`, `compile`, the source, `link`.
struct CompilerCommand {
  std::vector<std::string> compiler{};  ///< the first word is the program's path
  std::vector<std::string> compile{};
  std::vector<std::string> link{};
};

/// Throws Error when there is no compiler on this machine.
[[nodiscard]] CompilerCommand compiler_command(const CompileOptions& options);

}  // namespace cppworker::loader
