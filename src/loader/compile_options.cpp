#include <utility>

#include "build_info.hpp"
#include "loader/cache_dir.hpp"
#include "loader/compile.hpp"
#include "loader/environment_variable.hpp"
#include "loader/installation.hpp"

namespace cppworker::loader {

CompileOptions default_compile_options() {
  auto library = running_library();
  auto include_dir = headers_dir();
  return {.compiler = environment_variable("CPPWORKER_CXX", build_info::kCompiler),
          .compile_flags = {},
          .link_flags = {},
          .cache_dir = default_cache_dir(),
          .include_dir = std::move(include_dir),
          .library = std::move(library)};
}

}  // namespace cppworker::loader
