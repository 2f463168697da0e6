#include "report/files.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

namespace cppworker::report {
namespace {

constexpr mode_t kMode = 0666;  // reduced by the umask

[[noreturn]] void fail(const std::string& file) {
  throw Error(fmt::format("Can't write {}: {}", file, std::system_category().message(errno)));
}

/// @param shown the name in the message of an error
int open_new(const std::string& file, const std::string& shown) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (fd < 0) fail(shown);
  return fd;
}

/// The name of a file while it is written.
std::string unfinished_name(const std::string& file) { return file + ".tmp"; }

void write_all(int fd, std::string_view bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(file);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void make_folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(fmt::format("Can't create the folder {}: {}", folder.native(), error.message()));
  }
}

void check_replaceable(const std::string& file) {
  make_folder_of(file);
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(fmt::format("Can't write {}: this is {}. Give the name of a file", file,
                            std::filesystem::is_directory(status) ? "a folder" : "not a file"));
  }
  const std::string unfinished = unfinished_name(file);
  ::close(open_new(unfinished, file));
  ::unlink(unfinished.c_str());
}

void replace_file(const std::string& file, std::string_view contents) {
  const std::string unfinished = unfinished_name(file);
  const int fd = open_new(unfinished, file);
  try {
    write_all(fd, contents, file);
  } catch (...) {
    ::close(fd);
    ::unlink(unfinished.c_str());
    throw;
  }
  ::close(fd);
  if (std::rename(unfinished.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(unfinished.c_str());
    errno = error;
    fail(file);
  }
}

GrowingFile::GrowingFile(std::string file) : file_(std::move(file)), fd_(open_new(file_, file_)) {}

GrowingFile::~GrowingFile() { ::close(fd_); }

void GrowingFile::append(std::string_view lines) {
  try {
    write_all(fd_, lines, file_);
    size_ += static_cast<off_t>(lines.size());
  } catch (...) {
    if (::ftruncate(fd_, size_) == 0) ::lseek(fd_, size_, SEEK_SET);
    throw;
  }
}

}  // namespace cppworker::report
