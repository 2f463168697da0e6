#pragma once

#include <string_view>

namespace cppworker::app {

/// Opens standard input, output and error where the process was started without them, so that no
/// other file gets their numbers: input is empty then, writing to the output fails, and what is
/// written to the error is dropped. For the beginning of the program.
void open_standard_files();

/// Writes all of it to standard output; throws Error when that can't be done: the output is closed,
/// its disk is full, its reader has gone.
void print(std::string_view text);

}  // namespace cppworker::app
