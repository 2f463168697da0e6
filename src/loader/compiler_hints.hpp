#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "loader/option_hints.hpp"

namespace cppworker::loader {

/// One line about the first error in a compiler's or linker's output: "shop.cpp:12: .timeout = 5
/// has no unit: write .timeout = 5s". For errors that are not in the table of hints, the line has
/// the compiler's own text and the place in the author's code. "" if the output has no error.
/// @param output of g++ or clang, with or without colours
/// @param source the locustfile, as named on the compiler's command line
/// @param include_dir the library's headers
[[nodiscard]] std::string compiler_hint(std::string_view output,
                                        const std::filesystem::path& source,
                                        const std::filesystem::path& include_dir,
                                        const CheckSource& check);

}  // namespace cppworker::loader
