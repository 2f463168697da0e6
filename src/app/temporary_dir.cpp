#include "app/temporary_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace fs = std::filesystem;

TemporaryDir::TemporaryDir(std::string_view purpose) {
  std::string name = fs::temp_directory_path() / fmt::format("cpp-worker-{}-XXXXXX", purpose);
  if (mkdtemp(name.data()) == nullptr) {
    throw Error(fmt::format("Could not create a directory in '{}': {}",
                            fs::temp_directory_path().native(),
                            std::generic_category().message(errno)));
  }
  path_ = name;
}

void TemporaryDir::remove() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace cppworker::app
