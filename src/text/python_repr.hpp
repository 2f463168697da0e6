#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cppworker::text {

/// Python's `repr()` of a str (CPython 3.11). Uses single quotes unless the text contains only
/// single ones, and \n \r \t \\ and \x.. \u.... \U........ for characters that `str.isprintable`
/// rejects.
/// @param utf8 valid UTF-8; an invalid byte becomes U+FFFD
[[nodiscard]] std::string python_repr(std::string_view utf8);

/// The text of which python_repr() makes `repr`. None if there is no such text.
[[nodiscard]] std::optional<std::string> from_python_repr(std::string_view repr);

}  // namespace cppworker::text
