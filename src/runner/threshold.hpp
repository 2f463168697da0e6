#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cppworker::runner {

/// A condition under which a run counts as failed (--fail-if), as in
/// `p95 of "GET /item" > 200ms for 10s, stop`.
struct Threshold {
  enum class Metric : std::uint8_t {
    kAverage,
    kMin,
    kMax,
    kPercentile,
    kRate,
    kFailPercent,
    kFails,
    kCount,
    kLatePercent,  ///< of the wake-ups of the worst thread (stats::Lateness)
  };
  enum class Comparison : std::uint8_t { kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  enum class Window : std::uint8_t {
    kRun,     ///< the whole run
    kFor,     ///< each of `seconds` successive seconds
    kWithin,  ///< any `seconds` successive seconds together
  };

  std::string text;  ///< as it was written
  Metric metric = Metric::kCount;
  double part = 1;      ///< of a percentile, 0 to 1
  std::string scope{};  ///< "METHOD name" or name, in which * stands for any text; "": all requests
  Comparison comparison = Comparison::kGreater;
  double limit = 0;  ///< times in milliseconds
  Window window = Window::kRun;
  std::int64_t seconds = 0;  ///< of the window
  bool stops = false;        ///< ends the run as soon as the condition is met
};

/// Reads a threshold. Throws Error that shows where the text is wrong.
[[nodiscard]] Threshold parse_threshold(const std::string& text);

/// Whether a row belongs to a threshold's scope, which is not "".
[[nodiscard]] bool is_in_scope(std::string_view scope, std::string_view method,
                               std::string_view name);

/// A value of the threshold's metric for people: "12.5 ms", "3.2 %", "480.5 /s", "7".
[[nodiscard]] std::string value_text(const Threshold& threshold, double value);

}  // namespace cppworker::runner
