#pragma once

#include <cstddef>

namespace cppworker::app {

struct Options;
struct UserCode;

/// Runs this process's worker or, with --workers, workers: each with a connection, a node id and an
/// equal share of the threads of its own. Returns the exit code when all have ended. Throws Error
/// when an init function fails, std::system_error or std::bad_alloc when there are too few threads,
/// file descriptors or memory to start. Until all init functions have run, signals are handled as
/// end_on_signals() says.
int run_workers(const Options& options, const UserCode& user_code);

/// The threads of worker `index` of `workers` when they share `threads`: at least 1.
[[nodiscard]] std::size_t threads_of(std::size_t index, std::size_t workers, std::size_t threads);

}  // namespace cppworker::app
