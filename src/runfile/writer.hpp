#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runfile/codec.hpp"
#include "runfile/records.hpp"

namespace cppworker::runfile {

/// Adds what was measured later. The begin and the span stay.
void merge(Seconds& into, Seconds&& from);

/// Writes a run file, one system call per second. What is in the file stays readable if the process
/// is killed.
///
/// The file grows at its end. In a long run, and when the file is larger than its budget, a block
/// covers several seconds: it replaces itself every second until its span is complete. Blocks begin
/// at multiples of their span, so that the files of several workers can be added up exactly.
/// Phases have blocks with longer spans, because a report needs only their sum.
class Writer {
 public:
  /// Creates or empties the file. Throws Error.
  Writer(std::string file, const Header& header);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Writes what was measured in a second. Throws Error if that fails; then the next call tries to
  /// write this second again, together with its own.
  /// @param second has the span 1
  void add(Seconds second);

  /// The event is written with the next second, or by flush().
  void add(const Event& event);
  /// Likewise, for a sample of a failed request.
  void add(const failures::Sample& sample);
  /// Throws Error.
  void flush();

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  [[nodiscard]] std::int64_t span_at(std::int64_t second) const;
  [[nodiscard]] std::int64_t budget(std::int64_t elapsed) const;
  void open(Seconds second);
  void extend(Seconds second);
  void add_phases(std::int64_t second, stats::Phases&& phases);
  void close();
  void append(const std::string& block);
  void write();

  const std::string file_;
  int fd_ = -1;
  Encoder encoder_;
  std::int64_t first_second_ = 0;  // of the file; 0: none yet
  std::int64_t complete_ = 0;      // size of the part of the file that does not change any more
  std::int64_t size_ = 0;          // of the file
  std::int64_t sample_bytes_ = 0;  // of samples, which have a limit of their own
  std::string before_;             // blocks before the open one: names and events
  std::optional<Seconds> open_;    // the newest seconds, which may still grow
  std::optional<Phases> phases_;   // likewise, behind them; of more seconds
  std::int64_t phases_bytes_ = 0;  // their size in the file
  bool is_written_ = true;         // before_ and open_ are in the file
};

}  // namespace cppworker::runfile
