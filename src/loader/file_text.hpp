#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cppworker::loader {

/// The bytes of a file; "" if it can't be read.
[[nodiscard]] inline std::string file_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace cppworker::loader
