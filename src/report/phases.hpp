#pragma once

#include <string>
#include <vector>

#include <cppworker/value.hpp>

#include "report/tables.hpp"
#include "stats/phases.hpp"

/// The phases of requests in tables and reports. All are empty, or null, if none were measured.
namespace cppworker::report {

/// The phases of a run in JSON (docs/run-file.md).
[[nodiscard]] Value phases_json(const stats::Phases& phases);

/// Those of one request: milliseconds by phase.
[[nodiscard]] Value phase_times_json(const stats::PhaseTimes& times);

/// A table for the terminal: a line for each phase of each entry.
[[nodiscard]] std::vector<std::string> phase_table(const stats::Phases& phases,
                                                   const TableStyle& style);

/// A table in Markdown: a line for each entry, with the averages.
[[nodiscard]] std::string phases_markdown(const stats::Phases& phases);

}  // namespace cppworker::report
