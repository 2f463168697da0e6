#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cppworker::app {

/// The candidate that is written most like `word`; "" if none is near.
[[nodiscard]] std::string most_similar(std::string_view word,
                                       std::span<const std::string> candidates);

}  // namespace cppworker::app
