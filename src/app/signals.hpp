#pragma once

#include <optional>

namespace cppworker::app {

/// Makes SIGINT, SIGTERM, SIGHUP and SIGQUIT end the process at once, as by default, but also if it
/// is PID 1 of a container. A running compiler is ended too. Signals that the process was started
/// to ignore (nohup) stay ignored. From now on SIGPIPE is ignored, so that writing fails instead.
void end_on_signals();

/// Ends the process as if it had no handler for this signal. Async-signal-safe.
[[noreturn]] void end_by_signal(int signal);

/// A file descriptor from which SIGINT and SIGTERM are read. The constructor blocks them for this
/// thread. Another thread that receives one sends it to the process again (see end_on_signals()).
class SignalFd {
 public:
  SignalFd();  ///< throws std::system_error
  ~SignalFd();
  SignalFd(SignalFd&& other) noexcept;
  SignalFd& operator=(SignalFd&&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  /// The next signal that has arrived, if any. Does not wait.
  [[nodiscard]] std::optional<int> next();

 private:
  int fd_ = -1;
};

}  // namespace cppworker::app
