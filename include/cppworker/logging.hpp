#pragma once

#include <string_view>

#include <cppworker/detail/export.hpp>

/// Lines in the worker's log and in the Logs tab of the master's web UI, like logging.info() in
/// Python. `--loglevel` sets the lowest level that is logged; the default is INFO. Any thread. The
/// functions do not suspend. If the log can't be written fast enough, the oldest lines are dropped
/// and counted. Lines of more than 10,000 characters are cut.
namespace cppworker {

CPPWORKER_EXPORT void log_debug(std::string_view text);
CPPWORKER_EXPORT void log_info(std::string_view text);
CPPWORKER_EXPORT void log_warning(std::string_view text);
CPPWORKER_EXPORT void log_error(std::string_view text);

}  // namespace cppworker
