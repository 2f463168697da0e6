#pragma once

#include <string_view>

namespace cppworker::app {

/// Opens standard input, output and error if the process was started without them, so that no other
/// file gets their numbers. Input is then empty, writing to output fails, and output to error is
/// discarded. Call it at the beginning of the program.
void open_standard_files();

/// Writes all of `text` to standard output. Throws Error if that fails: the output is closed, its
/// disk is full, or its reader has ended.
void print(std::string_view text);

}  // namespace cppworker::app
