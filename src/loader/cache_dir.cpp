#include "loader/cache_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "loader/environment_variable.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kOtherFolder =
    "Set another directory with the environment variable CPPWORKER_CACHE_DIR.";

fs::path home_dir() {
  if (auto home = environment_variable("HOME"); !home.empty()) return home;
  const passwd* const user = getpwuid(geteuid());  // NOLINT(concurrency-mt-unsafe): as above
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
}

}  // namespace

fs::path default_cache_dir() {
  if (auto dir = environment_variable("CPPWORKER_CACHE_DIR"); !dir.empty()) {
    return fs::absolute(dir);
  }
  if (const fs::path base = environment_variable("XDG_CACHE_HOME"); base.is_absolute()) {
    return base / "cpp-worker";
  }
  const auto home = home_dir();
  if (home.empty()) {
    throw Error(fmt::format("There is no home directory for the cache of compiled locustfiles. {}",
                            kOtherFolder));
  }
  return fs::absolute(home) / ".cache" / "cpp-worker";
}

void prepare_cache_dir(const fs::path& dir) {
  const auto fail = [&](int error) {
    throw Error(fmt::format("Could not create '{}', the cache of compiled locustfiles: {}. {}",
                            dir.native(), std::generic_category().message(error), kOtherFolder));
  };
  std::error_code error;
  if (dir.has_parent_path()) fs::create_directories(dir.parent_path(), error);
  if (error) fail(error.value());
  if (mkdir(dir.c_str(), S_IRWXU) != 0 && errno != EEXIST) fail(errno);

  struct stat status {};
  if (stat(dir.c_str(), &status) != 0) fail(errno);
  if (!S_ISDIR(status.st_mode)) fail(ENOTDIR);
  if (status.st_uid != geteuid()) {
    throw Error(fmt::format(
        "'{}', the cache of compiled locustfiles, belongs to another user (uid {}; this process "
        "runs as uid {}). Code from it is not run. {}",
        dir.native(), status.st_uid, geteuid(), kOtherFolder));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && chmod(dir.c_str(), S_IRWXU) != 0) fail(errno);
}

void prune_cache_dir(const fs::path& dir, std::size_t max_entries) {
  std::error_code error;
  std::map<std::string, std::pair<fs::file_time_type, std::vector<fs::path>>> entries;
  for (const auto& file : fs::directory_iterator(dir, error)) {
    if (file.is_directory(error)) continue;
    auto& [newest, files] = entries[file.path().stem().native()];
    const auto time = file.last_write_time(error);
    if (!error) newest = files.empty() ? time : std::max(newest, time);
    files.push_back(file.path());
  }
  std::vector<std::pair<fs::file_time_type, const std::vector<fs::path>*>> by_age;
  by_age.reserve(entries.size());
  for (const auto& [name, entry] : entries) by_age.emplace_back(entry.first, &entry.second);
  std::sort(by_age.begin(), by_age.end());
  for (std::size_t i = 0; i + max_entries < by_age.size(); ++i) {
    for (const auto& file : *by_age[i].second) fs::remove(file, error);
  }
}

TemporaryFiles::~TemporaryFiles() {
  std::error_code error;
  for (const auto& file : files_) fs::remove(file, error);
}

CacheLock::CacheLock(const fs::path& file, Wait wait)
    : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
  if (fd_ < 0 || flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  if (wait == Wait::kNo) {
    is_held_ = false;
    return;
  }
  spdlog::info("Waiting for another cpp-worker that is compiling the same locustfile");
  while (flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

CacheLock::~CacheLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace cppworker::loader
