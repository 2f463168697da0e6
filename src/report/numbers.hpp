#pragma once

#include <array>
#include <string>

#include "stats/precision.hpp"

namespace cppworker::report {

/// The percentiles of Locust's tables and files, with their headings.
struct Percentile {
  double part;
  const char* heading;
};
inline constexpr std::array<Percentile, 11> kPercentiles = {{{0.5, "50%"},
                                                             {0.66, "66%"},
                                                             {0.75, "75%"},
                                                             {0.8, "80%"},
                                                             {0.9, "90%"},
                                                             {0.95, "95%"},
                                                             {0.98, "98%"},
                                                             {0.99, "99%"},
                                                             {0.999, "99.9%"},
                                                             {0.9999, "99.99%"},
                                                             {1, "100%"}}};

/// A response time for a table. As in Locust, whole milliseconds. Unless the precision is Locust's,
/// two decimals below 10 ms: Locust shows 0.35 ms as 0.
[[nodiscard]] std::string table_time(double ms, stats::Precision precision);

/// A percentile, which is the key of a histogram: as many digits as the key has, none if it is
/// whole.
[[nodiscard]] std::string key_text(double ms);

/// A float as Python writes it: "5.0", "0.17633425040004136".
[[nodiscard]] std::string float_text(double value);

}  // namespace cppworker::report
