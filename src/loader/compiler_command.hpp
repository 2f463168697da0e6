#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/compile.hpp"
#include "loader/source_flags.hpp"

namespace cppworker::loader {

/// The command that compiles and links a locustfile in one step: `compiler`, `compile`, the source,
/// `link`.
struct CompilerCommand {
  std::vector<std::string> compiler{};  ///< the first word is the program's path
  std::vector<std::string> compile{};
  std::vector<std::string> link{};
  bool is_gcc = false;
};

/// The flags are in this order, in which later ones override earlier ones: cpp-worker's, those of
/// the locustfile (`own`), those of the options. Throws Error if no compiler is installed, or for
/// wrong flags in the options.
[[nodiscard]] CompilerCommand compiler_command(const CompileOptions& options,
                                               const SourceFlags& own);

/// The compiler's flags for an editor. g++ and clang++ accept them; each flag is one word.
[[nodiscard]] std::vector<std::string> editor_flags(const CompileOptions& options,
                                                    const SourceFlags& own);

}  // namespace cppworker::loader
