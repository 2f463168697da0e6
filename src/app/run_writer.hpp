#pragma once

#include <string>
#include <vector>

#include "app/run_records.hpp"
#include "failures/sample.hpp"
#include "runfile/records.hpp"
#include "runfile/writer.hpp"

namespace cppworker::app {

/// Writes the run file of a run. A full disk does not end the run: an error is logged once, and the
/// statistics are written when the file can be written again.
class RunWriter {
 public:
  /// Creates or empties the file. Throws Error.
  RunWriter(const std::string& file, const runfile::Header& header) : writer_(file, header) {}

  void add(runfile::Seconds&& seconds);
  /// With the next seconds, or by flush().
  void add(const runfile::Event& event) { writer_.add(event); }
  void add(const SampleRecords::Samples& samples);
  /// At the end of a run. Returns false, after an error in the log, if the file is not complete.
  bool flush();

  /// Writes the samples to a file beside the run file, for the developer tools of browsers. If
  /// there are no samples, removes that file. Returns false, after an error in the log, if the file
  /// could not be written.
  [[nodiscard]] bool write_har(const std::vector<failures::Sample>& selected) const;

 private:
  template <class Write>
  void try_to(const Write& write);

  runfile::Writer writer_;
  bool failed_ = false;  // the last write
};

}  // namespace cppworker::app
