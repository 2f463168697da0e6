#pragma once

#include <filesystem>
#include <string>

namespace cppworker::loader {

/// With what and against what locustfiles are compiled.
struct CompileOptions {
  std::string compiler;       ///< a command, perhaps with words before it: "ccache g++"
  std::string compile_flags;  ///< added to ours, split as a shell does: "-I../common -DFAST"
  std::string link_flags;     ///< likewise: "-lpq"
  std::filesystem::path cache_dir;
  std::filesystem::path include_dir;  ///< holds cppworker/locust.hpp
  std::filesystem::path library;      ///< libcppworker.so; empty: symbols are not checked
  bool tells_on_stderr = false;       ///< that it compiles: somebody waits and can't see the log
};

/// The running copy's own headers, library and compiler, and what the environment says:
/// CPPWORKER_CXX, CPPWORKER_CXXFLAGS, CPPWORKER_LDFLAGS, CPPWORKER_CACHE_DIR.
[[nodiscard]] CompileOptions default_compile_options();

/// Compiles a locustfile to a shared object in the cache, unless it is there already, and returns
/// its path. The cached one is used while the source, all that it includes, the flags, the
/// compiler and the library are the same; libraries that CPPWORKER_LDFLAGS names by -l are not
/// watched. Any number of processes may do this at once.
///
/// Call it before the first thread is started. The compiler's own messages go to standard error;
/// throws Error with a sentence when it fails or can't be run.
[[nodiscard]] std::filesystem::path compile(const std::filesystem::path& source,
                                            const CompileOptions& options);

}  // namespace cppworker::loader
