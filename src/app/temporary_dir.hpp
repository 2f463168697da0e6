#pragma once

#include <filesystem>
#include <string_view>

namespace cppworker::app {

/// A new folder in the system's folder for temporary files, which only this user can read. It is
/// removed with all its files.
class TemporaryDir {
 public:
  /// Throws Error.
  /// @param purpose a part of the folder's name
  explicit TemporaryDir(std::string_view purpose);
  ~TemporaryDir() { remove(); }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Removes the folder already now.
  void remove();

 private:
  std::filesystem::path path_;
};

}  // namespace cppworker::app
