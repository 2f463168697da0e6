#pragma once

#include <cstddef>
#include <string>

#include "report/run_report.hpp"

namespace cppworker::report {

/// JSON that can be in a script element, which ends at "</script", wherever it is.
[[nodiscard]] std::string without_angle_brackets(const std::string& json);

/// The samples of failed requests, as the HTML page shows them. If they are too large, their
/// bodies, headers and commands are shortened, and then samples are left out, the first one of each
/// failure last.
/// @param most bytes
[[nodiscard]] std::string page_samples(const RunReport& report, std::size_t most);

}  // namespace cppworker::report
