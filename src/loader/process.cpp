#include "loader/process.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "base/blocked_signals.hpp"
#include "base/pipe.hpp"

namespace cppworker::loader {
namespace {

/// The process group of the running program; 0: none is running.
std::atomic<pid_t> running_group{0};
/// The signal of the last call of end_running_program(); 0: there was none.
std::atomic<int> ending_signal{0};
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler uses them");

bool is_executable(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

/// Owns the file actions and attributes for posix_spawn.
class SpawnSetup {
 public:
  /// @param standard_error -1: that of this process
  SpawnSetup(int standard_output, int standard_error) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, standard_output, STDOUT_FILENO);
    if (standard_error >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, standard_error, STDERR_FILENO);
    }

    // The worker may block and ignore signals; the program must not. The program's processes are in
    // one group, so that end_running_program() can end all of them.
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

pid_t start(const std::vector<std::string>& words, int standard_output, int standard_error = -1) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  const SpawnSetup setup(standard_output, standard_error);
  // Until running_group is set, which a signal handler uses.
  const base::BlockedSignals blocked{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], setup.actions(), setup.attributes(),
                                 arguments.data(), environ);
  if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
    throw std::system_error(error, std::generic_category(),
                            fmt::format("Could not start '{}'", words.at(0)));
  }
  if (error != 0) {
    throw Error(fmt::format("Could not start '{}': {}", words.at(0),
                            std::generic_category().message(error)));
  }
  running_group = child;
  return child;
}

/// Waits for the processes of the program's group that this process inherits if it is PID 1. No
/// other process would wait for them.
void reap_group(pid_t group, int options) {
  pid_t reaped = 0;
  do {
    reaped = waitpid(-group, nullptr, options);
  } while (reaped > 0 || (reaped < 0 && errno == EINTR));
}

ExitStatus wait_for(pid_t child, const std::string& program) {
  // WNOWAIT leaves the process unreaped, so that no other process can get its id while a signal
  // handler may use it.
  siginfo_t ended{};
  while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) != 0) {
    if (errno != EINTR) {
      running_group = 0;
      throw Error(fmt::format("Could not wait for '{}': {}", program,
                              std::generic_category().message(errno)));
    }
  }
  running_group = 0;
  const int signal = ending_signal.exchange(0);
  if (signal != 0) kill(-child, SIGKILL);  // the processes that have not ended yet
  int status = 0;
  waitpid(child, &status, 0);
  reap_group(child, signal != 0 ? 0 : WNOHANG);
  if (signal != 0) throw Interrupted{signal};
  if (WIFSIGNALED(status)) return {.code = 1, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status)};
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return is_executable(name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
  }
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): before any thread
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!name.empty()) {
    const auto colon = folders.find(':');
    const auto folder = folders.substr(0, colon);
    auto candidate = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (is_executable(candidate)) return candidate;
    if (colon == std::string_view::npos) break;
    folders.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

bool end_running_program(int signal) {
  const pid_t group = running_group;
  if (group == 0) return false;
  kill(-group, ending_signal.exchange(signal) == 0 ? SIGTERM : SIGKILL);
  return true;
}

ExitStatus run_program(const std::vector<std::string>& words) {
  return wait_for(start(words, STDERR_FILENO), words.at(0));
}

ProgramOutput run_and_read(const std::vector<std::string>& words) {
  base::Pipe pipe;
  const pid_t child = start(words, pipe.ends[1]);
  pipe.close_end(1);
  std::string output;
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  do {
    got = ::read(pipe.ends[0], buffer.data(), buffer.size());
    if (got > 0) output.append(buffer.data(), static_cast<std::size_t>(got));
  } while (got > 0 || (got < 0 && errno == EINTR));
  return {wait_for(child, words.at(0)), std::move(output)};
}

ExitStatus run_and_collect(const std::vector<std::string>& words, std::string& output) {
  // A file in memory: unlike a pipe, it never blocks the program, and a process that outlives the
  // program does not keep it open for the reader.
  const int file = memfd_create("output", MFD_CLOEXEC);
  if (file < 0) {
    throw std::system_error(errno, std::generic_category(), "Could not create a file in memory");
  }
  struct Closer {
    int fd;
    ~Closer() { close(fd); }
  } const closer{file};
  const auto read_all = [&] {
    std::array<char, 4096> buffer{};
    ssize_t got = 0;
    off_t offset = 0;
    while ((got = pread(file, buffer.data(), buffer.size(), offset)) > 0) {
      output.append(buffer.data(), static_cast<std::size_t>(got));
      offset += got;
    }
  };
  ExitStatus status;
  try {
    status = wait_for(start(words, file, file), words.at(0));
  } catch (...) {
    read_all();
    throw;
  }
  read_all();
  return status;
}

}  // namespace cppworker::loader
