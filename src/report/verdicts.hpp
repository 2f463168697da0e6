#pragma once

#include <string>
#include <vector>

namespace cppworker::report {

/// The verdict on a threshold (--fail-if).
struct VerdictRow {
  std::string condition;
  bool failed = false;
  std::string value;
  std::string note;  ///< may be ""
};

/// The table of all verdicts. Ends with an empty line.
[[nodiscard]] std::vector<std::string> verdict_table(const std::vector<VerdictRow>& rows);

/// The same in JUnit's XML format: a test case for each threshold.
[[nodiscard]] std::string junit_xml(const std::vector<VerdictRow>& rows);

}  // namespace cppworker::report
