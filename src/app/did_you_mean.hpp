#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cppworker::app {

/// The candidate with the smallest edit distance to `word`; "" if none is similar.
[[nodiscard]] std::string most_similar(std::string_view word,
                                       std::span<const std::string> candidates);

}  // namespace cppworker::app
