#pragma once

#include <cppworker/value.hpp>

#include "report/run_report.hpp"

namespace cppworker::report {

/// The members of the report in JSON, except `series`.
[[nodiscard]] Value::Map report_members(const RunReport& report);

}  // namespace cppworker::report
