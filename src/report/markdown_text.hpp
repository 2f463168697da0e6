#pragma once

#include <string>
#include <string_view>

namespace cppworker::report {

/// Text for a cell of a table in Markdown.
[[nodiscard]] std::string markdown(std::string_view text);

/// The text, cut off if it is longer than a name or failure should be in a comment.
[[nodiscard]] std::string shortened(std::string_view text);

}  // namespace cppworker::report
