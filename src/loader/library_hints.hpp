#pragma once

#include <string>
#include <string_view>

namespace cppworker::loader {

/// What to do about a header of another library that was not found; names the Debian package of
/// well-known libraries.
[[nodiscard]] std::string missing_header(std::string_view header);

/// What to do about a function that the linker did not find; names the library if it is known by
/// the beginning of the function's name.
[[nodiscard]] std::string missing_function(std::string_view function);

/// Whether missing_function() names the library of the function.
[[nodiscard]] bool is_of_known_library(std::string_view function);

/// What to do about a library that the linker did not find.
/// @param library without "-l"
[[nodiscard]] std::string missing_library(std::string_view library);

}  // namespace cppworker::loader
