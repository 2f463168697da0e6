#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::text {

/// The maximum number of characters of a name or value from another program in a log line.
inline constexpr std::size_t kMostQuoted = 300;

/// The maximum number of characters of an author's exception text in a log line.
inline constexpr std::size_t kMostExceptionText = 8000;

/// `text`, or its first `most_characters` characters followed by `… (70000 characters)`. Never cuts
/// a UTF-8 character in two. Each ill-formed byte counts as a character.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most_characters);

/// Like shortened(), but on one line and in valid UTF-8: control characters and line separators are
/// written as in Python's repr() (`\n`, `\x1b`). Use it for all texts from the master or a server
/// that a log line quotes.
[[nodiscard]] std::string quote_for_log(std::string_view text,
                                        std::size_t most_characters = kMostQuoted);

/// Like quote_for_log(), but newlines and tabs stay: for an exception text of the author, which may
/// quote what a server has sent.
[[nodiscard]] std::string log_lines(std::string_view text, std::size_t most_characters);

}  // namespace cppworker::text
