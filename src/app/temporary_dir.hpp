#pragma once

#include <filesystem>
#include <string_view>

namespace cppworker::app {

/// A new folder in the system's folder for temporary files, which only this user can read. The
/// destructor removes it with all its files.
class TemporaryDir {
 public:
  /// Creates the folder. Throws Error.
  /// @param purpose a part of the folder's name
  explicit TemporaryDir(std::string_view purpose);
  ~TemporaryDir() { remove(); }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Removes the folder now. A second call has no effect.
  void remove();

 private:
  std::filesystem::path path_;
};

}  // namespace cppworker::app
