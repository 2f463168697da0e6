#pragma once

#include <string>

#include "report/run_report.hpp"

namespace cppworker::report {

/// The data of the HTML page: JSON with the report's members and, packed (PackedNumbers), what the
/// charts show. It contains no '<'. src/report/page/data.js reads it.
[[nodiscard]] std::string page_data(const RunReport& report);

}  // namespace cppworker::report
