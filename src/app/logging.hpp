#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cppworker::app {

struct Options;

/// Sets up spdlog's default logger in Locust's format:
/// `[2026-11-23 04:39:00,123] host/INFO/cpp-worker: text`, to stderr or --logfile. With
/// --skip-log-setup as Python does when nobody has set up logging: warnings and errors as bare text
/// on stderr. Throws Error when the file can't be written. A thread of its own writes the lines; at
/// first each call of spdlog waits until its line is written, for a second at most.
void setup_logging(const Options& options);

/// From here on nobody waits for the log: lines wait in a queue of bounded size, and the oldest are
/// dropped and counted when it is full. `spdlog::default_logger()->flush()` waits for them, for a
/// second after the last one that could be written; the end of the process does so too.
void log_without_waiting();

/// A line that is longer is cut.
inline constexpr std::size_t kMostLogLineCharacters = 10'000;

/// This thread's lines come from the `number`-th worker of the process; 0: from its only one.
void log_as_worker(std::size_t number);

/// Whether what is logged as INFO is seen on stderr.
[[nodiscard]] bool log_shows_progress(const Options& options);

/// The newest lines of this process's log in Locust's format, for the master's web UI. Any thread.
class LogReader {
 public:
  /// As many lines as Locust keeps.
  static constexpr std::size_t kMostLines = 500;

  /// All lines kept, if there is a new one since `seen`, which is set to now; otherwise none. When
  /// new lines were lost in between, the first line says how many.
  [[nodiscard]] static std::vector<std::string> news(std::uint64_t& seen);
};

}  // namespace cppworker::app
