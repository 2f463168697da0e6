#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cppworker::text {

/// How many characters of a name or value from another program a log line quotes.
inline constexpr std::size_t kMostQuoted = 300;

/// How many characters of an author's exception text a log line has.
inline constexpr std::size_t kMostExceptionText = 8000;

/// `text`, or its first `most_characters` followed by `… (70000 characters)`. Never cuts a UTF-8
/// character in two; each ill-formed byte counts as a character.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most_characters);

/// The same on one line and in valid UTF-8: control characters and line separators are written as
/// Python's repr() writes them (`\n`, `\x1b`). For whatever a log line quotes that comes from the
/// master or from a server.
[[nodiscard]] std::string quote_for_log(std::string_view text,
                                        std::size_t most_characters = kMostQuoted);

}  // namespace cppworker::text
