#pragma once

#include <filesystem>
#include <string>

namespace cppworker::loader {

/// The compiler, flags and paths for compiling locustfiles.
struct CompileOptions {
  std::string compiler;       ///< a command of one or more words: "ccache g++"
  std::string compile_flags;  ///< --cxxflags, split as by a shell: "-I../common -DFAST"
  std::string link_flags;     ///< --ldflags, likewise: "-lpq"
  std::filesystem::path cache_dir;
  std::filesystem::path include_dir;  ///< holds cppworker/locust.hpp
  std::filesystem::path library;      ///< libcppworker.so; empty: symbols are not checked
  bool tells_on_stderr = false;       ///< true: also print "Compiling …" on stderr
};

/// The headers, library and compiler of the running copy, and the values of the environment
/// variables CPPWORKER_CXX and CPPWORKER_CACHE_DIR.
[[nodiscard]] CompileOptions default_compile_options();

/// Compiles a locustfile, with the flags that it contains (see source_flags.hpp), to a shared
/// object in the cache and returns its path. A shared object that is already in the cache is used
/// if the source, all files that it includes, the flags, the compiler and the library are
/// unchanged. Libraries that flags name with -l are not checked. Any number of processes may do
/// this at the same time.
///
/// Call it before you start the first thread. The compiler's own messages go to standard error.
/// Throws Error if the compiler fails or can't be run.
[[nodiscard]] std::filesystem::path compile(const std::filesystem::path& source,
                                            const CompileOptions& options);

}  // namespace cppworker::loader
