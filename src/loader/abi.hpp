#pragma once

#include <string_view>
#include <vector>

#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker::loader {

/// True if code of the compiler `theirs` may use a library of the compiler `ours`: the same
/// compiler, in the same or a later major version. Compilers keep their ABI and add to it, so a
/// later one may use what an earlier one has built.
/// @param theirs,ours for example "gcc 12.2.0"
[[nodiscard]] bool fits_compiler(std::string_view theirs, std::string_view ours);

/// Throws Error if a locustfile with this record does not fit the running library. The text has the
/// versions of both and what to do. Reads only the record.
/// @param file the locustfile's name in the message
void check_abi(const detail::AbiRecord& record, std::string_view file);

/// Like check_abi(), based on the libraries that a shared object needs. Call it before dlopen(),
/// which would crash or report an unclear error.
void check_needed(const std::vector<std::string>& needed, std::string_view file);

}  // namespace cppworker::loader
