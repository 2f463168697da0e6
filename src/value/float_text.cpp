#include "value/float_text.hpp"

#include <cmath>

#include <fmt/format.h>

namespace cppworker::value {

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";  // Python never writes the sign
  std::string digits = fmt::format("{}", value);
  if (std::isfinite(value) && digits.find_first_of(".e") == std::string::npos) digits += ".0";
  return digits;
}

}  // namespace cppworker::value
