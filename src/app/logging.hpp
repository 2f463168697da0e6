#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cppworker::app {

struct Options;

/// Sets up spdlog's default logger in Locust's format:
/// `[2026-11-23 04:39:00,123] host/INFO/cpp-worker: text`, to stderr or --logfile. With
/// --skip-log-setup, only warnings and errors are logged, as plain text on stderr, as Python does
/// without logging set-up. Throws Error if the file can't be written.
///
/// A separate thread writes the lines. Until log_without_waiting(), each call of spdlog waits until
/// its line is written, for a second at most.
void setup_logging(const Options& options);

/// From now on no call of spdlog waits for the log. Lines wait in a queue of bounded size; if it is
/// full, the oldest ones are dropped and counted. `spdlog::default_logger()->flush()` waits until
/// the lines are written, at most a second without progress. So does the end of the process.
void log_without_waiting();

/// Writes lines to standard error as they are, also with --logfile, as Locust does with its tables.
/// Nothing with --skip-log-setup. They come after what has been logged before.
void log_plain(const std::vector<std::string>& lines);

/// Writes a line to standard error unchanged, also with --logfile and --skip-log-setup. It appears
/// after everything that was logged there before. Any thread.
void print_line(const std::string& line);

/// Shows a line below the log on standard error, which must be a terminal. The line replaces the
/// previous one; "" removes that. Has no effect with --skip-log-setup. Any thread.
void show_status(std::string line);

/// Waits until log lines and plain lines are written, at most a second without progress.
void wait_for_log();

/// The maximum length of a line; longer lines are cut.
inline constexpr std::size_t kMostLogLineCharacters = 10'000;

/// Marks the lines of the calling thread as those of worker `number` of the process; 0: of its only
/// worker.
void log_as_worker(std::size_t number);

/// True if INFO lines appear on stderr.
[[nodiscard]] bool log_shows_progress(const Options& options);

/// The newest lines of this process's log in Locust's format, for the master's web UI. Any thread.
class LogReader {
 public:
  /// The number of lines that Locust keeps.
  static constexpr std::size_t kMostLines = 500;

  /// Returns all kept lines if there are new ones since `seen`, else none. Updates `seen`. If new
  /// lines were lost, the first line reports their number.
  [[nodiscard]] static std::vector<std::string> news(std::uint64_t& seen);
};

}  // namespace cppworker::app
