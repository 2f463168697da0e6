#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <cppworker/value.hpp>

#include "failures/sample.hpp"
#include "report/generator.hpp"
#include "report/timeline.hpp"
#include "report/verdicts.hpp"
#include "stats/increment.hpp"
#include "stats/precision.hpp"

namespace cppworker::report {

/// A recorded run, of one worker or of several workers together.
struct RunReport {
  /// A run file.
  struct Source {
    std::string file;
    Value::Map facts;                   ///< as in its header
    std::vector<std::string> damage{};  ///< the parts that are not readable
    bool is_complete = false;           ///< the run ended; false: the process was killed
    std::optional<int> exit_code;       ///< none: also of a run after which the worker went on
  };
  struct Happening {
    double time = 0;  ///< Unix seconds
    std::string text;
  };
  struct Exception {
    std::int64_t count = 0;
    std::string message;
    std::string traceback;
  };

  std::vector<Source> sources;
  double began = 0;  ///< Unix seconds
  double ended = 0;
  stats::StatsIncrement all;  ///< since the last --reset-stats
  Timeline timeline;
  std::vector<VerdictRow> verdicts;  ///< on the thresholds
  GeneratorVerdict generator;
  std::vector<Exception> exceptions;
  std::vector<Happening> events;  ///< in the order of their times
  /// Of failed requests, with secrets masked: by failure, oldest first (report/samples.hpp).
  std::vector<failures::Sample> samples;
  stats::Precision precision = stats::Precision::kTwoDigits;
};

/// The report in JSON (docs/run-file.md).
[[nodiscard]] std::string run_json(const RunReport& report);

/// The report in Markdown, short enough for a comment of a CI system.
[[nodiscard]] std::string run_markdown(const RunReport& report);

/// The tables that a run without a master prints at its end.
[[nodiscard]] std::vector<std::string> run_tables(const RunReport& report, std::size_t name_width);

}  // namespace cppworker::report
