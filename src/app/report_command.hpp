#pragma once

#include <string>
#include <vector>

namespace cppworker::app {

/// Throws Error if the report can't be written in the format that the end of this name stands for.
void check_report_name(const std::string& file);

/// Writes reports on a recorded run. The ends of their names, .html, .json and .md, select the
/// formats. Returns false, after errors in the log, if some could not be written.
[[nodiscard]] bool write_reports(const std::vector<std::string>& run_files,
                                 const std::vector<std::string>& reports);

/// `cpp-worker report FILE… [--report FILE]…`. Without --report, prints tables. Returns the exit
/// code. Throws Error.
[[nodiscard]] int run_report(int argc, const char* const* argv);

}  // namespace cppworker::app
