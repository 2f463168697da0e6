#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cppworker::loader {

/// The flags that a locustfile needs, from its lines `// cpp-worker: -lcrypto -Iinclude`.
struct SourceFlags {
  std::vector<std::string> compile{};
  std::vector<std::string> link{};  ///< -l, -L, -Wl, …, and object files and libraries
};

/// Reads every line of the file that begins with `// cpp-worker:`, split as a shell does. Relative
/// paths (-I, -L, files, -Wl,-rpath) are relative to the locustfile; here they are absolute. A flag
/// whose value is the next word becomes one word.
/// Throws Error, with file and line, for a flag that can't be used and for a word that is neither a
/// flag nor a file.
[[nodiscard]] SourceFlags read_source_flags(const std::filesystem::path& source);

/// Throws Error if one of the flags sets what the loader itself sets (-o, -c, -M…). The text begins
/// with `what`.
void check_flags(const std::vector<std::string>& flags, const std::string& what);

}  // namespace cppworker::loader
