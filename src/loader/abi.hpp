#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker::loader {

/// "gcc 12" for "gcc 12.2.0": the part that must be the same for the locustfile and the library.
[[nodiscard]] std::string compiler_family(std::string_view compiler);

/// Throws Error if a locustfile with this record does not fit the running library. The text has the
/// versions of both and what to do. Reads only the record.
/// @param file the locustfile's name in the message
void check_abi(const detail::AbiRecord& record, std::string_view file);

/// Like check_abi(), based on the libraries that a shared object needs. Call it before dlopen(),
/// which would crash or report an unclear error.
void check_needed(const std::vector<std::string>& needed, std::string_view file);

}  // namespace cppworker::loader
