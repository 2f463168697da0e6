#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "loader/option_hints.hpp"
#include "loader/source_text.hpp"

namespace cppworker::loader {

/// Undefined functions and missing libraries, in the linker's output.
[[nodiscard]] std::optional<Hint> explain_link_error(std::string_view output,
                                                     const std::string& file,
                                                     const SourceText& source);

}  // namespace cppworker::loader
