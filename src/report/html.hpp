#pragma once

#include <string>

#include "report/run_report.hpp"

namespace cppworker::report {

/// The report as one HTML page, which needs no other file and no network. Its parts are in
/// src/report/page.
[[nodiscard]] std::string html_page(const RunReport& report);

}  // namespace cppworker::report
