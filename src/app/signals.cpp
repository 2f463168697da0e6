#include "app/signals.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/signalfd.h>
#include <ucontext.h>
#include <unistd.h>

#include "app/log_writer.hpp"
#include "loader/process.hpp"

namespace cppworker::app {
namespace {

/// True if a SignalFd exists, which then reads SIGINT and SIGTERM.
std::atomic<bool> has_reader{false};

void on_signal(int signal, siginfo_t* /*info*/, void* context) {
  const int saved_errno = errno;
  if (has_reader && (signal == SIGINT || signal == SIGTERM)) {
    // This thread does not block the signal; a library that the locustfile loads may start such
    // threads. Block it here and send it to the process again.
    sigaddset(&static_cast<ucontext_t*>(context)->uc_sigmask, signal);
    kill(getpid(), signal);
  } else if (!loader::end_running_program(signal)) {
    end_by_signal(signal);
  }
  errno = saved_errno;
}

}  // namespace

void end_on_signals() {
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigset_t unblocked;
  sigemptyset(&unblocked);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
    sigaddset(&unblocked, signal);
  }
  pthread_sigmask(SIG_UNBLOCK, &unblocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // a process that ignores it can't wait for a compiler
}

void end_by_signal(int signal) {
  LogWriter::wait_for_all_in_crash();
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal);
  _exit(128 + signal);  // for PID 1, which the kernel does not end by a signal's default action
}

SignalFd::SignalFd() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  has_reader = true;
}

SignalFd::~SignalFd() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

SignalFd::SignalFd(SignalFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

std::optional<int> SignalFd::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    return std::nullopt;
  }
  return static_cast<int>(info.ssi_signo);
}

}  // namespace cppworker::app
