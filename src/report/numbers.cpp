#include "report/numbers.hpp"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include <cppworker/json.hpp>

namespace cppworker::report {

std::string table_time(double ms, stats::Precision precision) {
  constexpr double kShowsDecimals = 10;
  if (precision != stats::Precision::kLocust && ms > 0 && ms < kShowsDecimals) {
    return fmt::format("{:.2f}", ms);
  }
  return fmt::format("{}", static_cast<std::int64_t>(ms));
}

std::string key_text(double ms) {
  if (ms == std::floor(ms)) return fmt::format("{}", static_cast<std::int64_t>(ms));
  return fmt::format("{}", ms);
}

std::string float_text(double value) { return to_json(Value(value)); }

}  // namespace cppworker::report
