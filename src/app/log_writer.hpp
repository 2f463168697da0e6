#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace cppworker::app {

/// Writes the lines of a log to a file descriptor on a thread of its own, so that a full pipe, a
/// stopped terminal or a slow disk holds no other thread. Lines wait in a queue of bounded size;
/// when it is full, the oldest are dropped. The next text that can be written begins with a line
/// that gives their number.
class LogWriter {
 public:
  struct Options {
    std::size_t most_bytes = std::size_t{4} << 20U;  ///< of the lines that wait
    /// How long wait_written() and the destructor wait while nothing is written at all; they wait
    /// five times as long at most.
    std::chrono::milliseconds patience{1000};
  };

  struct Texts {
    /// The line for `count` lines that are missing, with its line end.
    std::function<std::string(std::uint64_t count)> dropped;
    /// Writing has begun to fail with this errno. Called on the writer's thread.
    std::function<void(int error)> failed;
  };

  /// @param fd must stay open; -1 is not allowed. Closed by the writer if `owns_fd`.
  LogWriter(int fd, bool owns_fd, Texts texts, Options options);
  LogWriter(int fd, bool owns_fd, Texts texts) : LogWriter(fd, owns_fd, std::move(texts), {}) {}

  /// Waits as wait_written() does. A thread that is held by a write then stays behind.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Takes one line, which has its line end. Any thread; does not wait for the file descriptor.
  void write(std::string line);

  /// Waits until all lines are written or have failed to be. False: nobody reads, or too slowly;
  /// further calls return false at once until something has been written again. Any thread.
  bool wait_written();

  /// Lines that were dropped or could not be written and that no line in the log accounts for yet.
  [[nodiscard]] std::uint64_t unreported() const;

  /// For a signal handler of a process that is about to end: gives all writers of the process up to
  /// a second. Async-signal-safe.
  static void wait_for_all_in_crash() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread has a share
  std::thread thread_;
};

}  // namespace cppworker::app
