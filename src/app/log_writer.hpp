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

/// Writes the lines of a log to a file descriptor on its own thread, so that a full pipe, a stopped
/// terminal or a slow disk blocks no other thread. Lines wait in a queue of bounded size. If it is
/// full, the oldest lines are dropped, and the next line that can be written reports their number.
class LogWriter {
 public:
  struct Options {
    std::size_t most_bytes = std::size_t{4} << 20U;  ///< maximum size of the queued lines
    /// How long wait_written() and the destructor wait without any progress. With progress they
    /// wait at most five times as long.
    std::chrono::milliseconds patience{1000};
  };

  struct Texts {
    /// Returns the line that reports `count` missing lines, with its line end.
    std::function<std::string(std::uint64_t count)> dropped;
    /// Called on the writer's thread when writing begins to fail, with the errno.
    std::function<void(int error)> failed;
  };

  /// @param fd must stay open; -1 is not allowed. Closed by the writer if `owns_fd`.
  LogWriter(int fd, bool owns_fd, Texts texts, Options options);
  LogWriter(int fd, bool owns_fd, Texts texts) : LogWriter(fd, owns_fd, std::move(texts), {}) {}

  /// Waits like wait_written(). If a write still blocks the thread after that, detaches the thread.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Queues one line, which includes its line end. Any thread. Does not wait for the file
  /// descriptor.
  void write(std::string line);

  /// Shows `text` below the last line. It replaces the previous text; "" removes that. The file
  /// descriptor must be a terminal, and `text` must fit in one line of it. Any thread.
  void show_below(std::string text);

  /// Waits until every line has been written or has failed. Returns false if the reader is too slow
  /// or does not read at all; further calls return false at once until something has been written.
  /// Any thread.
  bool wait_written();

  /// The number of lines that were dropped or could not be written and that the log does not report
  /// yet.
  [[nodiscard]] std::uint64_t unreported() const;

  /// For a signal handler of a process that is about to end: waits up to a second for all writers
  /// of the process. Async-signal-safe.
  static void wait_for_all_in_crash() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread
  std::thread thread_;
};

}  // namespace cppworker::app
