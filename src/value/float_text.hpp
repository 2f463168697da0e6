#pragma once

#include <string>

namespace cppworker::value {

/// A float like Python's repr(): the shortest text that reads back as the same number, "1.0",
/// "1e+300", "nan", "-inf".
[[nodiscard]] std::string float_text(double value);

}  // namespace cppworker::value
