#include "app/signals.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {

SignalFd::SignalFd() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) {
    throw Error(std::string("signalfd failed: ") + std::strerror(errno));
  }
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
