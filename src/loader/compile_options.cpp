#include <system_error>
#include <utility>

#include <dlfcn.h>

#include "build_info.hpp"
#include "loader/cache_dir.hpp"
#include "loader/compile.hpp"
#include "loader/environment_variable.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// The file that this code was loaded from; empty if it is not libcppworker.so.
fs::path running_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&default_compile_options), &info) == 0) return {};
  std::error_code error;
  auto file = fs::canonical(info.dli_fname, error);
  if (error || !file.filename().native().starts_with("libcppworker.so")) return {};
  return file;
}

/// The headers' directory: relative to an installed library, or in the source tree if the library
/// is in its build tree.
fs::path headers_of(const fs::path& library) {
  std::error_code error;
  if (library.empty() || fs::equivalent(library.parent_path(), build_info::kBuildLibDir, error)) {
    return build_info::kBuildIncludeDir;
  }
  return (library.parent_path() / build_info::kIncludeFromLib).lexically_normal();
}

}  // namespace

CompileOptions default_compile_options() {
  auto library = running_library();
  auto include_dir = headers_of(library);
  return {.compiler = environment_variable("CPPWORKER_CXX", build_info::kCompiler),
          .compile_flags = {},
          .link_flags = {},
          .cache_dir = default_cache_dir(),
          .include_dir = std::move(include_dir),
          .library = std::move(library)};
}

}  // namespace cppworker::loader
