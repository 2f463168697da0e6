#pragma once

#include <vector>

#include "report/verdicts.hpp"
#include "runner/local_runner.hpp"

namespace cppworker::app {

/// The verdicts on the thresholds of a run so far, for its reports.
[[nodiscard]] std::vector<report::VerdictRow> verdict_rows(const runner::LocalRunner& runner);

}  // namespace cppworker::app
