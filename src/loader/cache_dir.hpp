#pragma once

#include <cstddef>
#include <filesystem>

namespace cppworker::loader {

/// Where compiled locustfiles are kept: $CPPWORKER_CACHE_DIR, else cpp-worker in $XDG_CACHE_HOME or
/// ~/.cache. Throws Error when there is no home either.
[[nodiscard]] std::filesystem::path default_cache_dir();

/// Makes the folder if need be and closes it to others (mode 0700): what lies in it is run as code.
/// Throws Error when it can't be made or belongs to someone else.
void prepare_cache_dir(const std::filesystem::path& dir);

/// Removes the files that were unused the longest until at most `max_entries` entries are left. An
/// entry is a name without its last extension. Never throws; the newest are safe.
void prune_cache_dir(const std::filesystem::path& dir, std::size_t max_entries);

/// Held by the process that compiles an entry; others wait for its result. Released with the
/// process too, so that a killed one blocks nobody. Without effect where files can't be locked.
class CacheLock {
 public:
  /// @param file made if need be
  explicit CacheLock(const std::filesystem::path& file);
  ~CacheLock();
  CacheLock(const CacheLock&) = delete;
  CacheLock& operator=(const CacheLock&) = delete;

 private:
  int fd_;
};

}  // namespace cppworker::loader
