#pragma once

#include <string>
#include <vector>

#include "report/compare.hpp"
#include "report/verdicts.hpp"

/// A comparison as text.
namespace cppworker::report {

/// The table for the terminal.
/// @param verdicts on the conditions of --fail-if
[[nodiscard]] std::vector<std::string> compare_lines(const Comparison& comparison,
                                                     const std::vector<VerdictRow>& verdicts);

/// docs/compare.md describes the members.
[[nodiscard]] std::string compare_json(const Comparison& comparison,
                                       const std::vector<VerdictRow>& verdicts);

[[nodiscard]] std::string compare_markdown(const Comparison& comparison,
                                           const std::vector<VerdictRow>& verdicts);

}  // namespace cppworker::report
