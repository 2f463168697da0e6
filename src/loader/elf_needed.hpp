#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cppworker::loader {

/// The libraries that a shared object asks for (DT_NEEDED), read without loading it: loading runs
/// its constructors, and a sanitizer's runtime ends the process that isn't ready for it.
/// @return none if the file is no ELF shared object of this machine's word size and byte order.
[[nodiscard]] std::optional<std::vector<std::string>> elf_needed(const std::filesystem::path& file);

}  // namespace cppworker::loader
