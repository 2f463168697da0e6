#pragma once

#include <filesystem>
#include <string>

#include "loader/compile.hpp"

namespace cppworker::app {

/// `cpp-worker init [DIR]`: writes a commented locustfile.cpp, a CMakeLists.txt and the flags for
/// editors (compile_flags.txt) into the directory, which is created if necessary. Returns the text
/// that names the next commands. Throws Error, before it writes anything, if one of the files
/// exists, and if a file can't be written.
[[nodiscard]] std::string init_project(const std::filesystem::path& dir,
                                       const loader::CompileOptions& options);

}  // namespace cppworker::app
