#pragma once

#include <string>
#include <vector>

#include "loader/compile.hpp"

namespace cppworker::loader {

/// --check-races: builds the locustfile with ThreadSanitizer. Its runtime must be in the process
/// from the start, so the process compiles the locustfile and then executes itself again with the
/// runtime preloaded. Races in code that is not built with it (this library, libcurl, …) are not
/// detected.
///
/// In the first process this function does not return. In the second one it adds the flags to
/// `options` and returns. load() then uses the compiled file, and the process ends with exit code
/// 66 if there were races. Throws Error if the check is not possible (a locustfile without its
/// source, clang, no ThreadSanitizer runtime installed).
/// @param files the values of -f
/// @param argv of main(), ending with nullptr
void watch_races(const std::vector<std::string>& files, CompileOptions& options, char** argv);

/// True if ThreadSanitizer's runtime is in this process, so that watch_races() returns.
[[nodiscard]] bool watches_races();

}  // namespace cppworker::loader
