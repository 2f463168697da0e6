#pragma once

#include <cstddef>

#include "app/signals.hpp"

namespace cppworker::app {

struct Options;
struct UserCode;

/// Runs this process's worker or, with --workers, workers: each with a connection, a node id and an
/// equal share of the threads of its own. Returns the exit code when all have ended. Throws Error
/// when an init function fails.
int run_workers(const Options& options, const UserCode& user_code, SignalFd signals);

/// The threads of worker `index` of `workers` when they share `threads`: at least 1.
[[nodiscard]] std::size_t threads_of(std::size_t index, std::size_t workers, std::size_t threads);

}  // namespace cppworker::app
