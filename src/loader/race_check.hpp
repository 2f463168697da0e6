#pragma once

#include <string>
#include <vector>

#include "loader/compile.hpp"

namespace cppworker::loader {

/// --check-races: the locustfile is built with ThreadSanitizer, whose runtime must be in the
/// process from its beginning. So the process compiles it and executes itself again with that
/// runtime preloaded; what is not built with it (this library, libcurl, …) is not watched.
///
/// The first time it does not return. The second time it does, with the flags added to `options`:
/// load() then uses what was compiled, and the process ends with exit code 66 if there were races.
/// Throws Error with a sentence when it can't be done (a locustfile without its source, clang, a
/// machine without the runtime).
/// @param files as given by -f
/// @param argv of main(), ending with nullptr
void watch_races(const std::vector<std::string>& files, CompileOptions& options, char** argv);

/// Whether ThreadSanitizer's runtime is in this process, so that watch_races() returns.
[[nodiscard]] bool watches_races();

}  // namespace cppworker::loader
