#pragma once

#include <string_view>
#include <utility>

#include <cppworker/value.hpp>

namespace cppworker::http {

[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// `text` without leading and trailing spaces, tabs and line ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Name and value of a header line, trimmed; the value is "" if there is no colon.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_header(
    std::string_view line) noexcept;

/// Removes the first line from `lines` and returns it; "" when `lines` is empty.
[[nodiscard]] std::string_view take_line(std::string_view& lines) noexcept;

/// The value of the first header of that name in CRLF lines; a null view if absent.
[[nodiscard]] std::string_view find_header(std::string_view lines, std::string_view name) noexcept;

/// The exception of a lookup by [], with the text of Python's clients.
[[nodiscard]] KeyError missing_header(std::string_view name);

}  // namespace cppworker::http
