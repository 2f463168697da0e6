#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <cppworker/detail/locustfile_record.hpp>

namespace cppworker::loader {

/// "gcc 12" of "gcc 12.2.0": what has to be the same on both sides.
[[nodiscard]] std::string compiler_family(std::string_view compiler);

/// Throws Error, with a sentence that names both sides and what to do, unless a locustfile with
/// this record fits the running library. Reads nothing but the record.
/// @param file names the locustfile in the message.
void check_abi(const detail::AbiRecord& record, std::string_view file);

/// The same, as far as it shows in the libraries that a shared object asks for: what dlopen itself
/// would answer with a crash or a riddle.
void check_needed(const std::vector<std::string>& needed, std::string_view file);

}  // namespace cppworker::loader
