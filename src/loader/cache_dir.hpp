#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

namespace cppworker::loader {

/// The directory for compiled locustfiles: $CPPWORKER_CACHE_DIR, else cpp-worker in $XDG_CACHE_HOME
/// or ~/.cache. Throws Error if there is no home directory either.
[[nodiscard]] std::filesystem::path default_cache_dir();

/// Creates the directory if necessary and makes it private (mode 0700), because files in it are run
/// as code. Throws Error if it can't be created or belongs to another user.
void prepare_cache_dir(const std::filesystem::path& dir);

/// Removes the least recently used files until at most `max_entries` entries are left. The files of
/// an entry have the same name, except for the last extension. Leaves subdirectories alone. Never
/// throws.
void prune_cache_dir(const std::filesystem::path& dir, std::size_t max_entries);

/// Removes the temporary files of a compilation, also of a failed one.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(std::vector<std::filesystem::path> files) : files_(std::move(files)) {}
  ~TemporaryFiles();
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;

 private:
  std::vector<std::filesystem::path> files_;
};

/// A lock that a process holds while it compiles an entry; others wait for its result. The end of
/// the process releases it too, so a killed process blocks no other. Without effect on file systems
/// that do not support locks.
class CacheLock {
 public:
  enum class Wait { kYes, kNo };

  /// @param file the lock file; created if necessary
  explicit CacheLock(const std::filesystem::path& file, Wait wait = Wait::kYes);
  ~CacheLock();
  CacheLock(const CacheLock&) = delete;
  CacheLock& operator=(const CacheLock&) = delete;

  /// False if another process holds the lock, with Wait::kNo.
  [[nodiscard]] bool is_held() const { return is_held_; }

 private:
  int fd_;
  bool is_held_ = true;
};

}  // namespace cppworker::loader
