#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/files.hpp>

namespace cppworker {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail();
  }
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// False at the end of the file.
  bool append_to(std::string& content) const {
    constexpr std::size_t kPiece = 65536;
    const std::size_t before = content.size();
    content.resize(before + kPiece);
    ssize_t count = -1;
    do {
      count = ::read(fd_, content.data() + before, kPiece);
    } while (count < 0 && errno == EINTR);
    if (count < 0) fail();
    content.resize(before + static_cast<std::size_t>(count));
    return count > 0;
  }

 private:
  [[noreturn]] void fail() const {
    const int error = errno;
    std::array<char, 4096> directory{};
    const bool is_relative = !path_.starts_with('/');
    const bool known = is_relative && ::getcwd(directory.data(), directory.size()) != nullptr;
    throw Error(fmt::format("Can't read the file '{}'{}: {}", path_,
                            known ? fmt::format(" in {}", directory.data()) : "",
                            std::system_category().message(error)));
  }

  const std::string& path_;
  int fd_;
};

}  // namespace

std::string read_file(const std::string& path) {
  const OpenFile file(path);
  std::string content;
  while (file.append_to(content)) {
  }
  return content;
}

}  // namespace cppworker
