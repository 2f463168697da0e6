#pragma once

#include <string>
#include <string_view>

namespace cppworker::text {

/// Python's `repr()` of the str that `utf8` holds: single quotes unless there are only single ones
/// inside, \n \r \t \\ and \x.. \u.... \U........ for what `str.isprintable` refuses
/// (CPython 3.11).
/// @pre `utf8` is valid; an invalid byte appears as U+FFFD.
[[nodiscard]] std::string python_repr(std::string_view utf8);

}  // namespace cppworker::text
