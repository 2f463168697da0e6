#include "loader/installation.hpp"

#include <string_view>
#include <system_error>

#include <dlfcn.h>

#include "build_info.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// Relative to an installed library, or in the source tree if the library is in its build tree.
fs::path directory(std::string_view from_library, std::string_view in_source_tree) {
  const fs::path library = running_library();
  std::error_code error;
  if (library.empty() || fs::equivalent(library.parent_path(), build_info::kBuildLibDir, error)) {
    return in_source_tree;
  }
  return (library.parent_path() / from_library).lexically_normal();
}

}  // namespace

fs::path running_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&running_library), &info) == 0) return {};
  std::error_code error;
  auto file = fs::canonical(info.dli_fname, error);
  if (error || !file.filename().native().starts_with("libcppworker.so")) return {};
  return file;
}

fs::path headers_dir() {
  return directory(build_info::kIncludeFromLib, build_info::kBuildIncludeDir);
}

fs::path tools_dir() { return directory(build_info::kToolsFromLib, build_info::kBuildToolsDir); }

}  // namespace cppworker::loader
