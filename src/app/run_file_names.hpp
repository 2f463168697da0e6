#pragma once

#include <cstddef>
#include <string>

namespace cppworker::app {

/// The run file of one of several workers of a process: "run.cwr" becomes "run-w2.cwr".
/// @param worker_number from 1; 0: the only worker, whose name is the one of --out
[[nodiscard]] std::string run_file_of_worker(const std::string& out, std::size_t worker_number);

/// Creates the run file of the next run of a worker: the first of "run.cwr", "run-2.cwr",
/// "run-3.cwr" … that does not exist. No file of an earlier run is overwritten, also not by a
/// worker that was started again, or by another one in the same folder. Throws Error.
[[nodiscard]] std::string create_run_file(const std::string& file);

}  // namespace cppworker::app
