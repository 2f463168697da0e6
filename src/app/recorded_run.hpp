#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/generator.hpp"
#include "report/run_report.hpp"
#include "runfile/records.hpp"

namespace cppworker::app {

/// Reads run files and adds them up: those of several workers of one run, for example. Throws Error
/// that names the file if it can't be read.
[[nodiscard]] report::RunReport read_run(const std::vector<std::string>& files);

/// Adds the CPU usage and the lag of a worker in some seconds.
void add_load(report::Generator& generator, std::size_t worker, const runfile::Seconds& seconds);

}  // namespace cppworker::app
