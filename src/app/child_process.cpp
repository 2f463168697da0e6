#include "app/child_process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "base/blocked_signals.hpp"
#include "base/check.hpp"
#include "base/pipe.hpp"

namespace cppworker::app {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kLongestLine = 1024 * 1024;  // longer ones are cut into several

/// Executes the program in the forked process. Other threads may have held locks when the process
/// was forked, so this calls only async-signal-safe functions. Returns errno if it fails.
int become(char* const* arguments, int standard_error, pid_t parent) {
  setpgid(0, 0);
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return errno;
  if (getppid() != parent) _exit(1);  // the parent has already ended
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) return errno;
  if (dup2(standard_error, STDERR_FILENO) < 0) return errno;
  if (nothing > STDERR_FILENO) close(nothing);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(arguments[0], arguments);
  return errno;
}

/// Forks with all signals blocked, so that no handler of this process runs in the new one.
pid_t start(const std::vector<std::string>& words, int standard_error, int failure) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  const int error = errno;
  if (child == 0) {
    const int why = become(arguments.data(), standard_error, parent);
    if (write(failure, &why, sizeof why) < 0) _exit(126);
    _exit(127);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) {
    throw std::system_error(error, std::generic_category(),
                            fmt::format("Could not start '{}'", words.at(0)));
  }
  return child;
}

/// The errno if the program could not be executed; 0 if it runs.
int read_failure(int fd) {
  int why = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd, &why, sizeof why);
  } while (got < 0 && errno == EINTR);
  return got == sizeof why ? why : 0;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words,
                           std::function<void(std::string)> on_line)
    : on_line_(std::move(on_line)) {
  CHECK(gettid() == getpid());
  base::Pipe output;
  base::Pipe failure;
  pid_ = start(words, output.ends[1], failure.ends[1]);
  output.close_end(1);
  failure.close_end(1);
  if (const int why = read_failure(failure.ends[0]); why != 0) {
    waitpid(pid_, nullptr, 0);
    throw Error(
        fmt::format("Could not run '{}': {}", words.at(0), std::generic_category().message(why)));
  }
  standard_error_ = output.ends[0];
  try {
    const base::BlockedSignals not_here{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "child");
      read_lines();
      reap();
    });
  } catch (...) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    throw;
  }
  output.ends[0] = -1;
}

ChildProcess::~ChildProcess() {
  on_end({});
  signal(SIGTERM);
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, kPatience, [this] { return status_.has_value(); });
  }
  signal(SIGKILL);
  thread_.join();
  close(standard_error_);
}

/// Reads until the program has ended and the pipe is empty. Processes that the program has started
/// may keep the pipe open.
void ChildProcess::read_lines() {
  const int ended = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  std::array<pollfd, 2> ready{{{standard_error_, POLLIN, 0}, {ended, POLLIN, 0}}};
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    if (poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) continue;
    if (ready[0].revents == 0) break;  // the program has ended
    const ssize_t got = ::read(standard_error_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      on_line_(text.substr(begin, end - begin));
    }
    text.erase(0, begin);
    if (text.size() > kLongestLine) on_line_(std::exchange(text, {}));
  }
  if (!text.empty()) on_line_(std::move(text));
  if (ended >= 0) close(ended);
}

/// Waits for the end of the program. WNOWAIT keeps its process id reserved until status_ is set, so
/// that signal() can't reach another process.
void ChildProcess::reap() {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  kill(-pid_, SIGTERM);  // what the program has started and not ended
  int status = 0;
  waitpid(pid_, &status, 0);
  status_ = WIFSIGNALED(status) ? loader::ExitStatus{.code = 1, .signal = WTERMSIG(status)}
                                : loader::ExitStatus{.code = WEXITSTATUS(status)};
  ended_.notify_all();
  if (on_end_) std::exchange(on_end_, {})();
}

void ChildProcess::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (!status_) kill(-pid_, number);
}

std::optional<loader::ExitStatus> ChildProcess::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void ChildProcess::on_end(std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  if (status_ && function) return function();
  on_end_ = std::move(function);
}

}  // namespace cppworker::app
