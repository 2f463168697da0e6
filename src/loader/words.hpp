#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cppworker::loader {

/// Splits flags as a shell does: at white space, with '…', "…" and \ quoting, without expansions.
/// Throws Error for an unterminated quote; its text begins with `what` ("--cxxflags").
[[nodiscard]] std::vector<std::string> split_words(std::string_view text, std::string_view what);

}  // namespace cppworker::loader
