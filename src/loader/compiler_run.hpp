#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/process.hpp"

namespace cppworker::loader {

/// Runs the compiler. All that it writes goes to standard error when it has ended. If it fails, a
/// line that explains the first error comes before; see compiler_hint(). A number that is added to
/// a text in quotes is an error, too; see find_number_added_to_literal(). Throws as run_program().
/// @param words the command, which contains `source` as a word
/// @param product the file that the command writes; files beside it may be written for a short time
[[nodiscard]] ExitStatus run_compiler_with_hints(const std::vector<std::string>& words,
                                                 const std::filesystem::path& source,
                                                 const std::filesystem::path& product,
                                                 const std::filesystem::path& include_dir);

}  // namespace cppworker::loader
