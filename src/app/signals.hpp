#pragma once

#include <optional>

namespace cppworker::app {

/// SIGINT and SIGTERM as something to read: made before the first thread, so that all threads block
/// them and only the control thread hears of them. Also makes SIGPIPE harmless.
class SignalFd {
 public:
  SignalFd();  ///< throws Error
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
