#pragma once

#include <string>

#include "loader/option_hints.hpp"
#include "loader/source_text.hpp"

namespace cppworker::loader {

/// Finds `"/item/" + id` with a number: it compiles, but skips characters of the text instead of
/// adding the number to it. g++ does not warn. Sums that look like this are checked with the
/// compiler; other sources cost nothing.
[[nodiscard]] std::optional<Hint> find_number_added_to_literal(const SourceText& source,
                                                               const CheckSource& check);

}  // namespace cppworker::loader
