#include "loader/environment_variable.hpp"

#include <cstdlib>

namespace cppworker::loader {

std::string environment_variable(const char* name, std::string_view otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return std::string(value != nullptr && *value != '\0' ? std::string_view(value) : otherwise);
}

}  // namespace cppworker::loader
