#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cppworker::text {

/// The candidate with the smallest edit distance to `word`; "" if none is similar.
[[nodiscard]] std::string most_similar(std::string_view word,
                                       std::span<const std::string> candidates);

/// The same; candidates with more than `most_edits` changed letters are not similar.
[[nodiscard]] std::string most_similar(std::string_view word,
                                       std::span<const std::string> candidates,
                                       std::size_t most_edits);

}  // namespace cppworker::text
