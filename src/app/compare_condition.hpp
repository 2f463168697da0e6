#pragma once

#include <string>

#include "report/compare.hpp"
#include "report/verdicts.hpp"

namespace cppworker::app {

/// A condition under which a comparison counts as failed, as in `p95 of "GET /item" +10%`.
struct CompareCondition {
  enum class Unit { kPercent, kAbsolute };

  std::string text;  ///< as it was written
  report::Comparison::Metric metric{};
  std::string scope{};  ///< see runner::is_in_scope(); "": the row of all requests
  bool is_rise = true;  ///< false: a fall
  double limit = 0;     ///< percent of the first run; requests per second, percentage points or ms
  Unit unit = Unit::kPercent;
};

/// Reads a condition. Throws Error that shows where the text is wrong.
[[nodiscard]] CompareCondition parse_compare_condition(const std::string& text);

/// The condition has failed if a row's difference is beyond the limit, and is shown.
[[nodiscard]] report::VerdictRow judge(const CompareCondition& condition,
                                       const report::Comparison& comparison);

}  // namespace cppworker::app
