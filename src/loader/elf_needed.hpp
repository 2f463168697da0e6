#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cppworker::loader {

/// The libraries that a shared object needs (DT_NEEDED). Reads the file without loading it, because
/// loading runs its constructors, and a sanitizer's runtime may end the process.
/// @return none if the file is not an ELF shared object of this machine's word size and byte order
[[nodiscard]] std::optional<std::vector<std::string>> elf_needed(const std::filesystem::path& file);

}  // namespace cppworker::loader
