#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/compiler_command.hpp"
#include "loader/manifest.hpp"

namespace cppworker::loader {

/// <cppworker/locust.hpp>, precompiled by g++ into a subdirectory of the cache, once for each
/// compiler, set of flags, version and state of the headers. It saves about 1 s of CPU time of each
/// compilation, but to make it costs about 5 s and 90 MB (docs/performance.md). So it is made when
/// a locustfile is compiled for the second time, and a machine that compiles once pays nothing.
///
/// It is never an error: without a precompiled header, the compilation reads the headers.
class PrecompiledHeader {
 public:
  /// @param key identifies the compiler and all flags
  PrecompiledHeader(const std::filesystem::path& cache_dir, std::string key);

  struct Use {
    std::vector<std::string> flags{};  ///< they make g++ use the precompiled header; may be empty
    Manifest headers{};                ///< what it was made from: g++ does not list these files
  };
  /// How to use it for this source; empty if that is not possible. Makes it if there is none yet
  /// and `may_make` is true. Another process that is making it is not waited for.
  [[nodiscard]] Use use_for(const std::filesystem::path& source, const CompilerCommand& command,
                            bool may_make) const;

  /// True if the file is one of these: its state does not matter to a compiled locustfile.
  [[nodiscard]] bool owns(const std::filesystem::path& file) const;

 private:
  [[nodiscard]] std::filesystem::path with(const std::string& extension) const;
  [[nodiscard]] std::optional<Manifest> usable() const;
  void make(const CompilerCommand& command) const;

  std::filesystem::path dir_;
  std::filesystem::path header_;  // includes <cppworker/locust.hpp>; g++ looks for header_.gch
};

/// True if g++ may read <cppworker/locust.hpp> before everything else in this text: it is included
/// there, and only comments and inclusions of the system's headers come before it.
[[nodiscard]] bool begins_with_locust_header(std::string_view source);

}  // namespace cppworker::loader
