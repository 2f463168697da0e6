#include "app/run_file_names.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

/// "run.cwr" with "-2": "run-2.cwr".
std::string with_suffix(const std::string& file, const std::string& suffix) {
  const std::filesystem::path path = file;
  return (path.parent_path() / (path.stem().string() + suffix + path.extension().string()))
      .string();
}

/// False: there is a file of this name.
bool create_new(const std::string& file) {
  constexpr mode_t kMode = 0666;  // reduced by the umask
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0 && errno == EEXIST) return false;
  if (fd < 0) {
    throw Error(fmt::format("Can't write {}: {}", file, std::system_category().message(errno)));
  }
  ::close(fd);
  return true;
}

}  // namespace

std::string run_file_of_worker(const std::string& out, std::size_t worker_number) {
  return worker_number == 0 ? out : with_suffix(out, fmt::format("-w{}", worker_number));
}

std::string create_run_file(const std::string& file) {
  std::string name = file;
  for (std::size_t run = 2; !create_new(name); ++run) {
    name = with_suffix(file, fmt::format("-{}", run));
  }
  return name;
}

}  // namespace cppworker::app
