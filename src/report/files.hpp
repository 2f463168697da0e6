#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

/// Files that are complete at every moment of a run, also after the process is killed.
namespace cppworker::report {

/// Creates the folder of a file, if it has none. Throws Error.
void make_folder_of(const std::string& file);

/// Throws Error if replace_file() could not write this file now. Creates its folder.
void check_replaceable(const std::string& file);

/// Replaces the file's contents at once: a reader sees the old or the new ones. Throws Error.
void replace_file(const std::string& file, std::string_view contents);

/// A file that grows by whole lines.
class GrowingFile {
 public:
  /// Creates or empties the file. Throws Error.
  explicit GrowingFile(std::string file);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  /// Writes `lines` with one system call. Throws Error, and then the file ends as before.
  void append(std::string_view lines);

 private:
  std::string file_;
  int fd_ = -1;
  off_t size_ = 0;
};

}  // namespace cppworker::report
