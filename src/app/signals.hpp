#pragma once

#include <optional>

namespace cppworker::app {

/// Makes SIGINT, SIGTERM, SIGHUP and SIGQUIT end the process at once as by default, but also when
/// it is PID 1 of a container, and together with a compiler that runs. Those that the process was
/// started to ignore (nohup) stay ignored. SIGPIPE is ignored from now on: writing fails instead.
void end_on_signals();

/// Ends the process as if it had no handler for this signal. Also async-signal-safe.
[[noreturn]] void end_by_signal(int signal);

/// From now on SIGINT and SIGTERM are something to read, and this thread blocks them. Another
/// thread that receives one (see end_on_signals()) hands it on.
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
