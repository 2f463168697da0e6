#pragma once

#include <string>
#include <vector>

#include "report/run_report.hpp"

namespace cppworker::app {

/// Reads run files and adds them up: those of several workers of one run, for example. Throws Error
/// that names the file if it can't be read.
[[nodiscard]] report::RunReport read_run(const std::vector<std::string>& files);

}  // namespace cppworker::app
