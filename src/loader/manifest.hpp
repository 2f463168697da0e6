#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The files that a compiled locustfile depends on, with their state when it was compiled. Stored
/// next to it in the cache. The compiled file is valid while none of them has changed.
///
/// System files (under /usr) are compared by size and time: there are hundreds of them, and
/// packages set their times. All others are compared by content, so that new times of a checkout do
/// not count as a change, and different content with an old time does.
class Manifest {
 public:
  /// Adds a file with its current state. A relative path is relative to the current directory.
  /// @return false if it can't be read
  bool add(const std::filesystem::path& file);
  /// Like add(), comparing only size and time, for big files: the compiler, the library.
  bool add_by_time(const std::filesystem::path& file);

  /// True if each file is unchanged since it was added.
  [[nodiscard]] bool is_fresh() const;

  /// The text of the manifest file; `product` is the SHA-256 of the compiled file.
  [[nodiscard]] std::string to_text(std::string_view product) const;
  struct Stored;
  [[nodiscard]] static std::optional<Stored> from_text(std::string_view text);

 private:
  struct Entry {
    std::string state;  // "hash …" or "time …"
    std::filesystem::path file;
    bool operator==(const Entry&) const = default;
  };
  bool add_entry(std::optional<std::string> state, const std::filesystem::path& file);
  std::vector<Entry> entries_;
};

struct Manifest::Stored {
  Manifest manifest;
  std::string product;
};

/// The prerequisites in a dependency file for make, as compilers write it (-MD).
[[nodiscard]] std::vector<std::filesystem::path> parse_depfile(std::string_view text);

/// The SHA-256 of a file's content; none if it can't be read.
[[nodiscard]] std::optional<std::string> hash_file(const std::filesystem::path& file);

}  // namespace cppworker::loader
