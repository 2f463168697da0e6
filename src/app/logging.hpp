#pragma once

#include <string>

namespace cppworker::app {

/// Sets up spdlog's default logger in Locust's format:
/// `[2026-11-23 04:39:00,123] host/INFO/cpp-worker: text`, to stderr or a file. Throws Error when
/// the file can't be written.
void setup_logging(const std::string& loglevel, const std::string& logfile);

}  // namespace cppworker::app
