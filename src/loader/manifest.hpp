#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// The files that a compiled locustfile depends on, as they were when it was compiled. Kept beside
/// it in the cache; while none of them has changed, the compiled file may be used.
///
/// Files of the system (under /usr) are known by size and time: there are hundreds, and packages
/// set the time. All others are known by their content, so that a checkout with new times is no
/// change and a copy with old times is one.
class Manifest {
 public:
  /// Takes the file's present state; relative paths are the current folder's.
  /// @return false if it can't be read.
  bool add(const std::filesystem::path& file);
  /// The same by size and time alone, for big files: the compiler, the library.
  bool add_by_time(const std::filesystem::path& file);

  /// Whether each file still is as it was added.
  [[nodiscard]] bool is_fresh() const;

  /// What is written to disk, and read back; `product` is the SHA-256 of the compiled file.
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

/// The prerequisites in a dependency file of make, as compilers write it (-MD).
[[nodiscard]] std::vector<std::filesystem::path> parse_depfile(std::string_view text);

/// The SHA-256 of a file's content; none if it can't be read.
[[nodiscard]] std::optional<std::string> hash_file(const std::filesystem::path& file);

}  // namespace cppworker::loader
