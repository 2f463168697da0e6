#include "app/standard_files.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

/// open() uses the lowest free number. That is `fd`, because those below it are open.
void open_if_closed(int fd, int flags) {
  if (fcntl(fd, F_GETFD) != -1) return;
  // Without /dev/null, O_PATH reserves the number. Reading and writing such a descriptor fail.
  if (open("/dev/null", flags) < 0) open("/", O_PATH);
}

}  // namespace

void open_standard_files() {
  open_if_closed(STDIN_FILENO, O_RDONLY);
  open_if_closed(STDOUT_FILENO, O_RDONLY);
  open_if_closed(STDERR_FILENO, O_WRONLY);
}

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throw Error(
          fmt::format("Could not write to standard output: {}",
                      errno == EBADF ? "it is closed" : std::generic_category().message(errno)));
    }
  }
}

}  // namespace cppworker::app
