#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "app/control.hpp"

namespace cppworker::app {

/// The workers of this process.
using Controls = std::vector<std::unique_ptr<Control>>;

/// Makes the worker of this process or, with --workers, several workers. Call Control::run()
/// of each on its own thread. Throws like run_workers().
[[nodiscard]] Controls make_controls(const Options& options, const UserCode& user_code);

/// Logs that the workers start.
void log_start(const Options& options);

/// Runs the worker of this process or, with --workers, several workers. Each has its own
/// connection, its own node id and an equal share of the threads. Returns the exit code when all
/// have ended. Throws Error if an init function fails, and std::system_error or std::bad_alloc if
/// threads, file descriptors or memory do not suffice for the start. Until all init functions have
/// run, signals are handled as described at end_on_signals().
int run_workers(const Options& options, const UserCode& user_code);

/// The threads of worker `index` of `workers` when they share `threads`: at least 1.
[[nodiscard]] std::size_t threads_of(std::size_t index, std::size_t workers, std::size_t threads);

}  // namespace cppworker::app
